import { spawn } from 'node:child_process';
import { appendFileSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeWav } from '@auricle/audio';
import { Random, writeManifest } from '@auricle/datasets';
import { characterTokens } from '@auricle/decoding';
import { checkTrainConfig, type TrainConfig } from '@auricle/training';
import { type BatchPlan, bucketShapes, planBatches } from '@auricle/training/data/batches';
import { loadCorpus, SAMPLE_RATE } from '@auricle/training/data/corpus';
import { type ExamplePlan, plainExample, planEpoch, SILENCE } from '@auricle/training/data/example';
import { ExampleLoader } from '@auricle/training/data/loader';
import type { LoadedBatch } from '@auricle/training/data/loader-thread';
import { Piscina } from 'piscina';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const MEL_BINS = 80;
const COUNT = 30;
const ALPHABET = 'abcdefghijklmnopqrstuvwxyzäöüß';
const tokens = characterTokens([ALPHABET]);
const labelsOf = (i: number) => [tokens.symbols.indexOf(ALPHABET[i])];

let folder: string;
const open: ExampleLoader[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auricle-loader-'));
  const random = new Random(1);
  // The text of each recording is a letter of its own.
  const utterances = await Promise.all(
    Array.from({ length: COUNT }, async (_, i) => {
      const length = random.integer(3200, 9600);
      const hertz = random.integer(200, 2000);
      await writeTone(`${i}.wav`, hertz, length);
      return { audio_filepath: `${i}.wav`, duration: length / SAMPLE_RATE, text: ALPHABET[i] };
    }),
  );
  await writeManifest(join(folder, 'train.jsonl'), utterances);
});
afterEach(async () => {
  for (const loader of open.splice(0)) await loader.close();
  rmSync(folder, { recursive: true });
});

async function writeTone(name: string, hertz: number, length: number): Promise<void> {
  const samples = Float32Array.from({ length }, (_, t) => 0.3 * Math.sin((2 * Math.PI * hertz * t) / SAMPLE_RATE));
  await writeFile(join(folder, name), encodeWav({ samples, sampleRate: SAMPLE_RATE }));
}

/** A pool's manifest: noises say their label, not a text. */
async function writePool(name: string, samples: Float32Array): Promise<string> {
  await writeFile(join(folder, `${name}.wav`), encodeWav({ samples, sampleRate: SAMPLE_RATE }));
  const line = { audio_filepath: `${name}.wav`, duration: samples.length / SAMPLE_RATE, label: name };
  await writeManifest(join(folder, `${name}.jsonl`), [line]);
  return join(folder, `${name}.jsonl`);
}

interface Settings {
  seed?: number;
  augment?: object;
  data?: object;
}
const configOf = ({ seed = 1, augment = {}, data = {} }: Settings = {}): TrainConfig =>
  checkTrainConfig(
    {
      name: 'test',
      seed,
      epochs: 4,
      data: { train: [join(folder, 'train.jsonl')], dev: ['b'], ...data },
      batches: { buckets: 2, framesPerBatch: 400, chunks: [4, 8] },
      augment: { steps: [], ...augment },
    },
    'test',
  );
const cacheIn = (name: string, epochs = 4) => ({ featureCache: { folder: join(folder, name), epochs } });

async function openLoader(config: TrainConfig, threads: number): Promise<ExampleLoader> {
  const loader = await ExampleLoader.open(config, threads);
  open.push(loader);
  return loader;
}

async function planOf(config: TrainConfig, epoch = 0): Promise<BatchPlan[]> {
  const { recordings } = await loadCorpus(config.data.train, tokens, 20);
  const plans = planEpoch(config, recordings, epoch, undefined);
  return planBatches(config, bucketShapes(config, plans), plans, epoch).batches;
}

async function batchesOf(loader: ExampleLoader, plans: readonly BatchPlan[]): Promise<LoadedBatch[]> {
  const loaded: LoadedBatch[] = [];
  for await (const batch of loader.batches(plans)) loaded.push(batch);
  return loaded;
}

/** Its batches made by threads of its own. */
async function epochOf(config: TrainConfig, threads: number, epoch = 0): Promise<LoadedBatch[]> {
  return batchesOf(await openLoader(config, threads), await planOf(config, epoch));
}

function expectSame(batches: readonly LoadedBatch[], expected: readonly LoadedBatch[]): void {
  expect(batches.length).toBe(expected.length);
  batches.forEach(({ made: { batch, seconds }, leftOut }, i) => {
    const { features, ...rest } = batch;
    const { features: expectedFeatures, ...expectedRest } = expected[i].made.batch;
    const same = Buffer.compare(Buffer.from(features.buffer), Buffer.from(expectedFeatures.buffer)) === 0;
    expect(same, `batch ${i}`).toBe(true);
    expect([rest, seconds, leftOut]).toEqual([expectedRest, expected[i].made.seconds, expected[i].leftOut]);
  });
}

/** The frames of each recording, by its label. */
function rowsOf(batches: readonly LoadedBatch[]): Map<number, Float32Array> {
  const rows = new Map<number, Float32Array>();
  for (const { made } of batches) {
    const { features, frameLengths, labels } = made.batch;
    const size = features.length / frameLengths.length;
    frameLengths.forEach((frames, row) => {
      const label = labels[(row * labels.length) / frameLengths.length];
      if (frames > 0) rows.set(label, features.subarray(row * size, row * size + frames * 4 * MEL_BINS));
    });
  }
  return rows;
}

const totalLeftOut = (batches: readonly LoadedBatch[]) => {
  const total: Record<string, number> = {};
  for (const { leftOut } of batches)
    for (const [code, count] of Object.entries(leftOut)) total[code] = (total[code] ?? 0) + count;
  return total;
};

const removeAudio = () => {
  for (const file of readdirSync(folder)) if (file.endsWith('.wav')) rmSync(join(folder, file));
};
const noiseSamples = (length: number) => {
  const random = new Random(2);
  return Float32Array.from({ length }, () => 0.1 * random.normal());
};

describe('batches', () => {
  it('are the same, bit for bit, whatever the number of threads and the augmentation', async () => {
    const noise = await writePool('noise', noiseSamples(20_000));
    const room = await writePool('room', Float32Array.of(1, 0, 0, 0.5, 0, 0, -0.2));
    const kinds =
      'speed tempo gain noise whiteNoise recordedRoom telephone opus clipping vocalTract specAugment specSub'.split(
        ' ',
      );
    const small = { kind: 'simulatedRoom', probability: 0.1, rt60Seconds: [0.15, 0.15] };
    const steps = [small, ...kinds.map((kind) => ({ kind, probability: 0.4 }))];
    const joinUtterances = { maximum: 2 };
    const config = configOf({ augment: { steps, noise: [noise], roomResponses: [room], joinUtterances } });
    const one = await epochOf(config, 1);
    expect(one.length).toBeGreaterThan(6);
    expect(new Set(one.map(({ made }) => made.batch.chunk)).size).toBe(2);
    for (const threads of [2, 3]) expectSame(await epochOf(config, threads), one);
  });

  it('are the planned ones in their order, and say how long their audio is', async () => {
    const config = configOf();
    const plans = await planOf(config);
    const batches = await batchesOf(await openLoader(config, 2), plans);
    expect(batches.map(({ made }) => made.batch.chunk)).toEqual(plans.map(({ chunk }) => chunk));
    const seconds = plans.map(({ examples }) => examples.reduce((sum, { frames }) => sum + frames, 0) / 100);
    expect(batches.map(({ made }) => made.seconds)).toEqual(seconds);
    expect([...rowsOf(batches).keys()].sort()).toEqual(Array.from({ length: COUNT }, (_, i) => labelsOf(i)[0]).sort());
  });

  it('are not more than three a thread ahead of the step', async () => {
    const config = configOf();
    const plans = await planOf(config);
    let handedOut = 0;
    const watched = new Proxy(plans, {
      get(target, key) {
        if (/^\d+$/.test(String(key))) handedOut++;
        return Reflect.get(target, key);
      },
    });
    for (const threads of [1, 2]) {
      handedOut = 0;
      let taken = 0;
      for await (const _ of (await openLoader(config, threads)).batches(watched)) {
        taken++;
        expect(handedOut).toBeGreaterThanOrEqual(Math.min(plans.length, taken));
        expect(handedOut - taken).toBeLessThan(3 * threads);
      }
      expect([taken, handedOut]).toEqual([plans.length, plans.length]);
    }
  });

  it('are begun before the first is asked for', async () => {
    const config = configOf();
    const plans = await planOf(config);
    const loader = await openLoader(config, 1);
    const batches = loader.batches(plans);
    // A thread does what it is given in turn: when this is done, the batches are.
    await loader.examples(plans[0].examples);
    removeAudio();
    const first = (await batches.next()).value as LoadedBatch;
    expect(first.leftOut).toEqual({});
  });
});

describe('a recording that cannot be used', () => {
  it('is left out and counted, and its neighbours in the batch are as ever', async () => {
    const config = configOf({ augment: { steps: [{ kind: 'speed' }] } });
    const whole = rowsOf(await epochOf(config, 1));
    await writeFile(join(folder, '3.wav'), 'neither WAV nor anything else');
    await writeFile(join(folder, '7.wav'), '');
    await writeFile(join(folder, '8.wav'), encodeWav({ samples: new Float32Array(0), sampleRate: SAMPLE_RATE }));
    await rm(join(folder, '11.wav'));
    await writeTone('19.wav', 500, 1000);
    const wav = await readFile(join(folder, '20.wav'));
    await writeFile(join(folder, '20.wav'), wav.subarray(0, 30));
    const broken = await epochOf(config, 2);
    expect(totalLeftOut(broken)).toEqual({
      AUR_AUDIO_UNKNOWN_FORMAT: 1,
      AUR_AUDIO_EMPTY: 2,
      AUR_AUDIO_MISSING: 1,
      AUR_MANIFEST_SEGMENT: 1,
      AUR_AUDIO_TRUNCATED: 1,
    });
    const rows = rowsOf(broken);
    for (const i of [3, 7, 8, 11, 19, 20]) whole.delete(labelsOf(i)[0]);
    expect(rows).toEqual(whole);
  });

  it('leaves a gap where examples are asked for one by one', async () => {
    const config = configOf();
    const { recordings } = await loadCorpus(config.data.train, tokens, 20);
    await rm(join(folder, '2.wav'));
    await rm(join(folder, '25.wav'));
    const { made, leftOut } = await (await openLoader(config, 2)).examples(
      recordings.map((recording) => plainExample(config, recording)),
    );
    expect(made.map((example) => example?.labels)).toEqual(
      Array.from({ length: COUNT }, (_, i) => (i === 2 || i === 25 ? undefined : labelsOf(i))),
    );
    expect(leftOut).toEqual({ AUR_AUDIO_MISSING: 2 });
  });
});

describe('the feature cache', () => {
  const augment = { steps: [{ kind: 'speed' }, { kind: 'whiteNoise' }, { kind: 'specAugment' }] };

  it('gives the same batches cold, warm, and after a run that was killed, with any number of threads', async () => {
    const plans = await planOf(configOf({ augment, data: cacheIn('cold') }));
    const cold = await epochOf(configOf({ augment, data: cacheIn('cold') }), 1);

    // Threads end in the middle of what they do, and the last line of an index is cut.
    const killed = await openLoader(configOf({ augment, data: cacheIn('killed') }), 2);
    const some = killed.batches(plans);
    for (let i = 0; i < 3; i++) await some.next();
    await killed.close();
    const index = readdirSync(join(folder, 'killed')).find((name) => name.endsWith('.index'))!;
    const path = join(folder, 'killed', index);
    truncateSync(path, statSync(path).size - 5);
    appendFileSync(path.replace('.index', '.shard'), 'half a frame');
    expectSame(await epochOf(configOf({ augment, data: cacheIn('killed') }), 2), cold);

    removeAudio();
    expectSame(await epochOf(configOf({ augment, data: cacheIn('killed') }), 1), cold);
  });

  it('repeats the audio of its epochs in the same run, whichever thread made it, with masks of their own', async () => {
    const config = configOf({ augment, data: cacheIn('cache', 1) });
    const loader = await openLoader(config, 3);
    const first = rowsOf(await batchesOf(loader, await planOf(config, 0)));
    removeAudio();
    const second = rowsOf(await batchesOf(loader, await planOf(config, 1)));
    expect(second.size).toBe(COUNT);
    for (const [label, frames] of second) {
      const before = first.get(label)!;
      // What neither epoch's masks hide.
      const same = frames.filter((v, i) => v === before[i]).length / frames.length;
      expect(same).toBeGreaterThan(0.2);
      expect(same).toBeLessThan(1);
    }
  });

  it('of other settings is refused when the loader is opened, and one of other masks is not', async () => {
    const noise = await writePool('noise', noiseSamples(9000));
    const withNoise = { steps: [{ kind: 'noise' }, { kind: 'specAugment' }], noise: [noise] };
    const data = cacheIn('cache');
    await openLoader(configOf({ augment: withNoise, data }), 1);
    await openLoader(configOf({ augment: { ...withNoise, steps: [{ kind: 'noise' }, { kind: 'specSub' }] }, data }), 1);
    const others: Settings[] = [
      { augment: withNoise, data, seed: 2 },
      { augment: { ...withNoise, steps: [{ kind: 'noise', snrDb: [1, 2] }] }, data },
      { augment: withNoise, data: { ...data, tailSeconds: 0.3 } },
      { augment: { ...withNoise, joinUtterances: { maximum: 2 } }, data },
    ];
    const expected = { code: 'AUR_CACHE_VERSION', message: expect.stringContaining(join(folder, 'cache')) };
    for (const other of others) await expect(openLoader(configOf(other), 1)).rejects.toMatchObject(expected);
    // The same manifest names another noise.
    await writePool('noise', noiseSamples(9001));
    await expect(openLoader(configOf({ augment: withNoise, data }), 1)).rejects.toMatchObject(expected);
  });

  it('does not give the frames of one utterance to another after the manifest was edited', async () => {
    const config = configOf({ data: cacheIn('cache') });
    await epochOf(config, 1);
    const manifest = join(folder, 'train.jsonl');
    const lines = (await readFile(manifest, 'utf8')).trim().split('\n');
    await writeFile(manifest, lines.slice(1).reverse().join('\n'));
    const edited = rowsOf(await epochOf(config, 1));
    const plain = rowsOf(await epochOf(configOf({ data: cacheIn('another') }), 1));
    expect(edited.size).toBe(COUNT - 1);
    expect(edited).toEqual(plain);
  });
});

describe('a pool', () => {
  /** Mean energy of a mel bin, in nats, over the frames of all rows that satisfy a condition. */
  const meanOf = (rows: Iterable<Float32Array>, bin: number, frames: (count: number) => [number, number]) => {
    const values = [...rows].flatMap((row) => {
      const [from, to] = frames(row.length / MEL_BINS);
      return Array.from({ length: to - from }, (_, t) => row[(from + t) * MEL_BINS + bin]);
    });
    return values.reduce((a, b) => a + b, 0) / values.length;
  };

  it('of noise is heard in the examples, at the ratio of the recipe', async () => {
    const hiss = await writePool(
      'hiss',
      Float32Array.from({ length: 16_000 }, (_, t) => 0.1 * Math.sin((2 * Math.PI * 6000 * t) / SAMPLE_RATE)),
    );
    const quiet = rowsOf(await epochOf(configOf(), 1));
    const levels = await Promise.all(
      [20, 10].map(async (decibels) => {
        const steps = [{ kind: 'noise', snrDb: [decibels, decibels] }];
        const rows = rowsOf(await epochOf(configOf({ augment: { steps, noise: [hiss] } }), 1));
        return meanOf(rows.values(), 72, () => [5, 15]);
      }),
    );
    expect(levels[1] - levels[0]).toBeCloseTo(Math.LN10, 1);
    expect(levels[0] - meanOf(quiet.values(), 72, () => [5, 15])).toBeGreaterThan(3);
  });

  it('of room responses is heard: what was silence after the words has their echo', async () => {
    const echo = new Float32Array(3000);
    echo[0] = 1;
    echo[2900] = 0.5;
    const room = await writePool('echo', echo);
    // Half a second of a tone in a second of silence.
    const samples = new Float32Array(16_000).map((_, t) => (t < 8000 ? 0.3 * Math.sin(t / 3) : 0));
    await writeFile(join(folder, 'word.wav'), encodeWav({ samples, sampleRate: SAMPLE_RATE }));
    const manifest = join(folder, 'word.jsonl');
    await writeManifest(manifest, [{ audio_filepath: 'word.wav', duration: 1, text: 'a' }]);
    const levelAfter = async (augment: object) =>
      meanOf(rowsOf(await epochOf(configOf({ augment, data: { train: [manifest] } }), 1)).values(), 25, () => [55, 65]);
    expect(await levelAfter({})).toBeCloseTo(SILENCE, 2);
    expect(await levelAfter({ steps: [{ kind: 'recordedRoom' }], roomResponses: [room] })).toBeGreaterThan(0);
  });

  it.each([
    ['AUR_TRAIN_NO_DATA', 'has nothing in it', 'empty.jsonl', []],
    ['AUR_AUDIO_MISSING', 'names audio that is not there', 'gone.wav', [{ audio_filepath: 'gone.wav' }]],
  ])('ends with %s before training when it %s', async (code, _, named, lines) => {
    const pool = join(folder, 'empty.jsonl');
    await writeManifest(
      pool,
      lines.map((line) => ({ ...line, duration: 1, label: 'x' })),
    );
    for (const augment of [
      { steps: [{ kind: 'noise' }], noise: [pool] },
      { steps: [{ kind: 'recordedRoom' }], roomResponses: [pool] },
    ])
      await expect(openLoader(configOf({ augment }), 1)).rejects.toMatchObject({
        code,
        message: expect.stringContaining(join(folder, named)),
      });
  });

  it('that no step uses is not read', async () => {
    await openLoader(configOf({ augment: { noise: ['nowhere.jsonl'], roomResponses: ['nowhere.jsonl'] } }), 1);
  });
});

describe('a thread', () => {
  /** The pool of threads itself, to break it. */
  const threadsOf = (loader: ExampleLoader): Piscina => {
    const threads: unknown = Reflect.get(loader, 'threads');
    if (!(threads instanceof Piscina)) throw new Error('the loader has no threads');
    return threads;
  };

  it('that meets a defect of ours ends the batches with its stack, and the loader goes on', async () => {
    const config = configOf();
    const plans = await planOf(config);
    const loader = await openLoader(config, 2);
    const defect: BatchPlan = { ...plans[0], examples: [{ pieces: undefined } as unknown as ExamplePlan] };
    await expect(batchesOf(loader, [plans[0], defect, plans[1]])).rejects.toMatchObject({
      name: 'TypeError',
      stack: expect.stringMatching(/training\/dist\/data\/example\.js|training\/src\/data\/example\.ts/),
    });
    expect(await batchesOf(loader, plans)).toHaveLength(plans.length);
  });

  it('that dies ends what waits for it, and another takes its place', async () => {
    const config = configOf();
    const plans = await planOf(config);
    const loader = await openLoader(config, 1);
    await batchesOf(loader, plans.slice(0, 1));
    const batches = batchesOf(loader, plans);
    await threadsOf(loader).threads[0].terminate();
    await expect(batches).rejects.toThrow(/exited/);
    expect(await batchesOf(loader, plans)).toHaveLength(plans.length);
  });

  it('that fails with nothing to do fails whoever comes next', async () => {
    const config = configOf();
    const loader = await openLoader(config, 1);
    threadsOf(loader).emit('error', new Error('out of memory'));
    await loader.close();
    await expect(batchesOf(loader, await planOf(config))).rejects.toThrow('out of memory');
  });
});

describe('a loader that is closed', () => {
  it('fails what is still wanted of it', async () => {
    const loader = await openLoader(configOf(), 2);
    const failed = expect(batchesOf(loader, await planOf(configOf()))).rejects.toThrow(/Terminating/);
    await loader.close();
    await failed;
  });

  it('lets its process end, without a word about batches that nobody took', async () => {
    const config = configOf({ data: cacheIn('cache') });
    const plans = join(folder, 'plans.json');
    await writeFile(plans, JSON.stringify({ config, batches: await planOf(config) }));
    const program = `
      import { readFileSync } from 'node:fs';
      import { ExampleLoader } from '@auricle/training/data/loader';
      const { config, batches } = JSON.parse(readFileSync(${JSON.stringify(plans)}, 'utf8'));
      const loader = await ExampleLoader.open(config, 2);
      for await (const { made } of loader.batches(batches)) { console.log(made.batch.chunk); break; }
      await loader.close();
      console.log('closed');`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program], { cwd: import.meta.dirname });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect([code, output]).toEqual([0, expect.stringMatching(/^[48]\nclosed\n$/)]);
  });
});
