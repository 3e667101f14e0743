/** The bundled digits model on recordings that it never learned from: FSDD's official test split. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeWav, type Pcm, readAudioFile, resample } from '@auricle/audio';
import { streamRecording } from '@auricle/cli/stream-recording';
import { loadPcm, prepareFsdd, readManifest, type Utterance } from '@auricle/datasets';
import { createEngine, type Engine, startServer, transcribeSamples } from '@auricle/serving';
import fc from 'fast-check';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { corpusFolder } from '../fixtures/corpora.js';

const BUNDLE = join(import.meta.dirname, '../../models/digits-en');
const SHERPA = join(import.meta.dirname, '../fixtures/sherpa-transcribe.mjs');
const RATE = 16_000;
const PARALLEL = 8;
const PRECISIONS = ['int8', 'float'] as const;
/** Share of the recordings that must be exactly right. */
const MARK = 0.98;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auricle-digits-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** All log-probs and the text of a recording streamed in packets of the given sizes, over and over. */
async function hear(engine: Engine, { samples, sampleRate }: Pcm, sizes: readonly number[]) {
  const logProbs: number[] = [];
  const stream = engine.openStream({ sampleRate, onLogProbs: ({ values }) => logProbs.push(...values) });
  for (let at = 0, i = 0; at < samples.length; i++) {
    const size = sizes[i % sizes.length];
    stream.push(samples.subarray(at, at + size));
    at += size;
    // Lets other streams' packets in between.
    if (i % 7 === 0) await new Promise(setImmediate);
  }
  const { text } = await stream.finish();
  return { logProbs, text };
}

describe.each(PRECISIONS)('the bundled recording, %s', (precision) => {
  it('gives the same log-probs within 1e-4 and the same text for packets of any sizes, alone or in company', async () => {
    const engine = await createEngine({ bundle: BUNDLE, precision });
    const recording = await readAudioFile(join(BUNDLE, 'recording.wav'));
    const whole = await hear(engine, recording, [recording.samples.length]);
    expect(whole.text).toBe('three one four one five nine two');
    const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 41, max: 9000 })), {
      minLength: 1,
      maxLength: 10,
    });
    await fc.assert(
      fc.asyncProperty(sizes, sizes, async (mine, neighbours) => {
        const [heard] = await Promise.all([hear(engine, recording, mine), hear(engine, recording, neighbours)]);
        expect(heard.text).toBe(whole.text);
        expect(heard.logProbs).toHaveLength(whole.logProbs.length);
        expect(Math.max(...heard.logProbs.map((v, i) => Math.abs(v - whole.logProbs[i])))).toBeLessThanOrEqual(1e-4);
      }),
      { numRuns: 15 },
    );
    await engine.close();
  });
});

describe("FSDD's test split of 300 recordings", () => {
  const recordings = corpusFolder('fsdd');
  let manifest: string;
  let utterances: Utterance[];
  beforeAll(async () => {
    if (!recordings) return;
    await prepareFsdd(recordings, folder);
    manifest = join(folder, 'test.jsonl');
    utterances = await readManifest(manifest);
    expect(utterances).toHaveLength(300);
  });

  it.skipIf(!recordings)(
    `is heard exactly right to ${100 * MARK} %, in 20 ms packets through a real server`,
    async () => {
      const engine = await createEngine({ bundle: BUNDLE });
      const server = await startServer({ engine, port: 0, log: pino({ level: 'silent' }) });
      let right = 0;
      let next = 0;
      const work = async () => {
        for (let at = next++; at < utterances.length; at = next++) {
          const finals = await streamRecording(server.url, await loadPcm(manifest, utterances[at]), 20);
          if (finals.map((f) => f.text).join(' ') === utterances[at].text) right++;
        }
      };
      await Promise.all(Array.from({ length: PARALLEL }, work));
      await server.close();
      await engine.close();
      console.log(`${right} of ${utterances.length} recordings exactly right`);
      expect(right / utterances.length).toBeGreaterThanOrEqual(MARK);
    },
  );

  it.skipIf(!recordings).each(PRECISIONS)('gives the same texts in sherpa-onnx, %s', async (precision) => {
    const engine = await createEngine({ bundle: BUNDLE, precision });
    const ours: string[] = [];
    const files: string[] = [];
    for (const [i, utterance] of utterances.entries()) {
      const { samples, sampleRate } = await loadPcm(manifest, utterance);
      const pcm = { samples: resample(samples, sampleRate, RATE), sampleRate: RATE };
      files.push(join(folder, `${i}.wav`));
      await writeFile(files[i], encodeWav(pcm));
      // From the file, for 16 bits round what both hear.
      ours.push((await transcribeSamples(engine, await readAudioFile(files[i]))).text);
    }
    await engine.close();
    const model = join(BUNDLE, precision === 'int8' ? 'model.int8.onnx' : 'model.onnx');
    const output = execFileSync(process.execPath, [SHERPA, model, join(BUNDLE, 'tokens.txt')], {
      input: files.join('\n'),
      encoding: 'utf8',
    });
    const lines = output.split('\n').filter((line) => line.startsWith('{"file"'));
    const theirs = lines.map((line) => (JSON.parse(line) as { text: string }).text);
    expect(theirs).toEqual(ours);
  });
});
