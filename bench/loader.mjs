/** Measures the example loader: x real time cold (decoding, resampling, speed, noise, fbank) with one and two threads, then from the feature cache, and
 *  the share of its time that the training step of a model of about 3M parameters waits for data. Recordings: Ogg Opus, of the corpora.
 *    node bench/loader.mjs [manifest=librispeech/dev.jsonl of the corpora] [rounds=5] [training seconds=60]
 *  AURICLE_CORPORA names another place than ../shared/corpora; without noise_esc10 there the noise is white. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { readManifest, relocate, writeManifest } from '@auricle/datasets';
import { characterTokens } from '@auricle/decoding';
import { checkTrainConfig, train } from '@auricle/training';
import { bucketShapes, planBatches } from '@auricle/training/data/batches';
import { loadCorpus, manifestTexts } from '@auricle/training/data/corpus';
import { planEpoch } from '@auricle/training/data/example';
import { ExampleLoader } from '@auricle/training/data/loader';
import { compared, median } from './comparison.mjs';

const corpora = process.env.AURICLE_CORPORA ?? resolve(import.meta.dirname, '../../shared/corpora');
const manifest = resolve(process.argv[2] || join(corpora, 'librispeech/dev.jsonl'));
const [rounds = 5, trainingSeconds = 60] = process.argv.slice(3).map(Number);
const noise = join(corpora, 'noise_esc10/noise.jsonl');
const folder = mkdtempSync(join(tmpdir(), 'auricle-bench-'));

const configOf = (more, data) =>
  checkTrainConfig(
    {
      name: 'bench',
      data: { train: [manifest], dev: [manifest], ...data },
      augment: {
        steps: [{ kind: 'speed' }, { kind: existsSync(noise) ? 'noise' : 'whiteNoise' }],
        noise: existsSync(noise) ? [noise] : [],
      },
      ...more,
    },
    'bench',
  );
const cacheIn = (name, epochs) => ({ featureCache: { folder: join(folder, name), epochs } });
const load = () => `load average ${loadavg()[0].toFixed(1)}`;

const tokens = characterTokens(await manifestTexts([manifest]));

/** A loader whose threads stand ready: x real time of an epoch, from the asking to the last batch. */
async function contestant(config, threads) {
  const { recordings } = await loadCorpus([manifest], tokens, config.batches.maximumSeconds);
  const planned = (epoch) => planEpoch(config, recordings, epoch);
  const shapes = bucketShapes(config, planned(0));
  const loader = await ExampleLoader.open(config, threads);
  // Every thread has imported its code when it has made something.
  await loader.examples(
    planned(0)
      .slice(0, 64)
      .map((plan) => ({ ...plan, cached: false })),
  );
  const epoch = async (number) => {
    const start = performance.now();
    let seconds = 0;
    for await (const { made } of loader.batches(planBatches(config, shapes, planned(number), number).batches))
      seconds += made.seconds;
    return (1000 * seconds) / (performance.now() - start);
  };
  return { epoch, close: () => loader.close(), speeds: [] };
}

/** Share of the time of the steps that they wait, in percent, over whole epochs; graphs are built in the first, which does not count. */
async function waiting(name, data) {
  // The dev error rate is not what is measured.
  const dev = join(folder, `${name}.jsonl`);
  const utterances = (await readManifest(manifest)).slice(0, 8);
  await writeManifest(
    dev,
    utterances.map((utterance) => relocate(utterance, manifest, dev)),
  );
  const config = configOf(
    {
      epochs: 100,
      model: { width: 144, blocks: 7 },
      batches: { buckets: 2, chunks: [8] },
    },
    { dev: [dev], ...data },
  );
  const stop = new AbortController();
  const steps = [];
  let parameters = 0;
  let begun;
  await train(config, join(folder, name), {
    resume: false,
    signal: stop.signal,
    onEvent: (event) => {
      if (event.kind === 'start') parameters = event.parameters;
      if (event.kind !== 'step' || event.epoch === 0) return;
      begun ??= performance.now();
      steps.push(event);
      if (performance.now() - begun > 1000 * trainingSeconds) stop.abort();
    },
  });
  const total = (key) => steps.reduce((sum, step) => sum + step[key], 0);
  return {
    parameters,
    steps: steps.length,
    share: (100 * total('waitedMs')) / total('tookMs'),
    speed: median(steps.map((step) => step.speed)),
  };
}

try {
  console.log(`${cpus()[0].model}, ${cpus().length} cores, node ${process.version}; ${load()}`);
  const cold = configOf({ epochs: rounds });
  const cached = configOf({ epochs: rounds }, cacheIn('cache', 1));
  console.log(`${manifest}; steps ${cold.augment.steps.map(({ kind }) => kind).join(', ')}`);
  const contestants = {
    'cold, 1 thread': await contestant(cold, 1),
    'cold, 2 threads': await contestant(cold, 2),
    'feature cache, 1 thread': await contestant(cached, 1),
    'feature cache, 2 threads': await contestant(cached, 2),
  };
  await contestants['feature cache, 2 threads'].epoch(0);
  for (let round = 0; round < rounds; round++)
    for (const { epoch, speeds } of Object.values(contestants)) speeds.push(await epoch(round));
  for (const [name, { speeds, close }] of Object.entries(contestants)) {
    const range = `${Math.min(...speeds).toFixed(0)} to ${Math.max(...speeds).toFixed(0)}`;
    console.log(`${name.padEnd(26)} median ${median(speeds).toFixed(0).padStart(6)}x real time (${range})`);
    await close();
  }
  for (const [faster, slower] of [
    ['cold, 2 threads', 'cold, 1 thread'],
    ['feature cache, 2 threads', 'cold, 2 threads'],
  ])
    compared({
      comparison: `examples for training: ${faster}`,
      unit: 'x real time',
      better: 'higher',
      ours: median(contestants[faster].speeds),
      peer: median(contestants[slower].speeds),
      peerName: `our loader, ${slower}`,
      rounds,
    });
  console.log(load());
  for (const [name, data] of [
    ['cold', {}],
    ['cached', cacheIn('training', 1)],
  ]) {
    const { parameters, steps, share, speed } = await waiting(name, data);
    console.log(
      `training ${(parameters / 1e6).toFixed(1)}M parameters at ${speed.toFixed(0)}x real time, ${name}: the step waits ${share.toFixed(2)} % of the time (${steps} steps; ${load()})`,
    );
  }
} finally {
  rmSync(folder, { recursive: true });
}
