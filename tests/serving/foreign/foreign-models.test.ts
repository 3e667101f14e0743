/** Models of other makers' interfaces say here what they say in sherpa-onnx, and their log-probs are those of ONNX Runtime run by hand. */
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeWav, readAudioFile } from '@auricle/audio';
import { encodeModel } from '@auricle/bundle';
import { createEngine, type Engine, transcribeSamples } from '@auricle/serving';
import { StreamingModel } from '@auricle/serving/streaming-model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasPythonSherpa, pythonSherpaTexts, type SherpaKind, sherpaTexts } from '../../fixtures/sherpa.js';
import { burstsOfSound, randomNumbers } from '../fixtures/tiny-model.js';
import { byHand } from './by-hand.js';
import { FAMILIES, type StreamingFamily, spellingModel, TONE, WENET, writeModel } from './random-models.js';
import { writeRecordings } from './recordings.js';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'auricle-foreign-'));
});
afterAll(() => rm(root, { recursive: true }));

const rateOf = (family: StreamingFamily) => (family === 't-one-ctc' ? TONE.sampleRate : 16_000);
const NODE_KINDS: Partial<Record<StreamingFamily, SherpaKind>> = {
  'nemo-ctc': 'nemoCtc',
  'zipformer2-ctc': 'zipformer2Ctc',
  't-one-ctc': 'toneCtc',
};

async function textsOf(engine: Engine, files: readonly string[]): Promise<string[]> {
  return Promise.all(files.map(async (file) => (await transcribeSamples(engine, await readAudioFile(file))).text));
}

describe.each(FAMILIES)('a random %s model', (family) => {
  const rate = rateOf(family);
  let dir: string;
  let engine: Engine;
  let files: string[];
  beforeAll(async () => {
    dir = await writeModel(join(root, family), family);
    files = await writeRecordings(dir, rate);
    // One segment, as there: it ends none by itself.
    engine = await createEngine({ bundle: dir, endpointRules: [] });
  });
  afterAll(() => engine.close());

  it('is known by its metadata', () => {
    expect(engine.bundle.interface.family).toBe(family);
    expect(engine.bundle.interface.takesBatches).toBe(family !== 'wenet-ctc');
    expect(engine.bundle.description.features.sampleRate).toBe(rate);
  });

  it('gives the log-probs of ONNX Runtime run by hand to 1e-5, in packets of any size, with others at a time', async () => {
    const recordings = await Promise.all(files.map((file) => readAudioFile(file)));
    const heard = await Promise.all(
      recordings.map(async ({ samples }, i) => {
        const logProbs: number[] = [];
        const stream = engine.openStream({ sampleRate: rate, onLogProbs: ({ values }) => logProbs.push(...values) });
        const random = randomNumbers(i);
        for (let at = 0; at < samples.length; ) {
          const size = 1 + Math.floor(4000 * Math.abs(random()));
          stream.push(samples.subarray(at, at + size));
          at += size;
          await new Promise(setImmediate);
        }
        await stream.finish();
        return logProbs;
      }),
    );
    const { windowSize, chunkShift, frontEnd, vocabSize } = engine.bundle.interface;
    const outputFrames = chunkShift / engine.bundle.interface.subsamplingFactor;
    const hop = frontEnd.kind === 'fbank' ? 160 : frontEnd.frameSamples;
    for (const [i, { samples }] of recordings.entries()) {
      const chunks = heard[i].length / outputFrames / (vocabSize + 1);
      // All of the recording and the tail of 0.8 s.
      expect(((chunks - 1) * chunkShift + windowSize) * hop).toBeGreaterThan(samples.length + 0.79 * rate);
      const padded = new Float32Array((chunks * chunkShift + windowSize) * hop + 1000);
      padded.set(samples);
      const expected = await byHand(join(dir, 'model.onnx'), family, padded, chunks);
      expect(heard[i]).toHaveLength(expected.length);
      expect(Math.max(...expected.map((value, at) => Math.abs(value - heard[i][at])))).toBeLessThanOrEqual(1e-5);
    }
  });

  it('depends on every one of its caches, so that a lost one would be seen', async () => {
    const model = await StreamingModel.load(engine.bundle);
    const { windowSize, frontEnd, states } = engine.bundle.interface;
    const size = windowSize * (frontEnd.kind === 'fbank' ? frontEnd.melBins : frontEnd.frameSamples);
    const random = randomNumbers(5);
    const chunk = Float32Array.from({ length: size }, () =>
      frontEnd.kind === 'fbank' ? -4 + 3 * random() : 0.3 * random(),
    );
    const after = model.newState();
    for (let run = 0; run < 2; run++) await model.run([{ chunk, state: after }]);
    const outcome = async (lost?: number) => {
      const state = { caches: after.caches.map((cache) => cache.slice()), frames: after.frames };
      if (lost !== undefined) state.caches[lost].fill(0);
      const [{ values }] = await model.run([{ chunk, state }]);
      return values;
    };
    const whole = await outcome();
    expect(await outcome()).toEqual(whole);
    for (const cache of states.keys()) {
      const values = await outcome(cache);
      expect(values.some((value, i) => Math.abs(value - whole[i]) > 1e-4)).toBe(true);
    }
    await model.release();
  });

  const kind = NODE_KINDS[family];
  // WeNet's have a test of their own below.
  if (kind)
    it('says on 20 recordings what sherpa-onnx says', async () => {
      const ours = await textsOf(engine, files);
      expect(ours.filter((text) => text.length > 5).length).toBeGreaterThan(15);
      expect(new Set(ours).size).toBeGreaterThan(15);
      expect(sherpaTexts(dir, files, kind, rate)).toEqual(ours);
    });
});

describe('a random wenet-ctc model', () => {
  // The Node package of sherpa-onnx has no WeNet; its Python package has. AURICLE_WRITE_GOLDEN=1 writes the texts anew.
  const golden = join(import.meta.dirname, 'wenet-texts.json');
  const isThere = hasPythonSherpa();

  it('says on 20 recordings what the Python package of sherpa-onnx said', async () => {
    const dir = await writeModel(join(root, 'wenet-golden'), 'wenet-ctc');
    const files = await writeRecordings(dir, 16_000);
    if (isThere) {
      const options = { chunk_size: WENET.chunk, num_left_chunks: WENET.leftChunks };
      const theirs = pythonSherpaTexts(join(dir, 'model.onnx'), join(dir, 'tokens.txt'), files, 'wenet_ctc', options);
      if (process.env.AURICLE_WRITE_GOLDEN) writeFileSync(golden, `${JSON.stringify(theirs, null, 2)}\n`);
      expect(theirs).toEqual(JSON.parse(readFileSync(golden, 'utf8')));
    }
    const engine = await createEngine({ bundle: dir, endpointRules: [] });
    const ours = await textsOf(engine, files);
    await engine.close();
    expect(ours.filter((text) => text.length > 5).length).toBeGreaterThan(15);
    expect(ours).toEqual(JSON.parse(readFileSync(golden, 'utf8')));
  });
});

describe('samples of a t-one-ctc model', () => {
  it('are the very integers that sherpa-onnx hands to it, also beyond full scale', async () => {
    const dir = await writeModel(join(root, 'spelling'), 't-one-ctc');
    await writeFile(join(dir, 'model.onnx'), encodeModel(spellingModel()));
    const samples = burstsOfSound(77, TONE.sampleRate, 3, 0.7, 1.4);
    const file = join(dir, 'loud.wav');
    await writeFile(file, encodeWav({ samples, sampleRate: TONE.sampleRate }));
    const engine = await createEngine({ bundle: dir, endpointRules: [] });
    const [ours] = await textsOf(engine, [file]);
    await engine.close();
    expect(ours.length).toBeGreaterThan(60);
    const [theirs] = sherpaTexts(dir, [file], 'toneCtc', TONE.sampleRate);
    // Silence is a token here: as many as the chunks of the tail.
    const length = Math.min(ours.length, theirs.length);
    expect(theirs.slice(0, length)).toBe(ours.slice(0, length));
  });
});
