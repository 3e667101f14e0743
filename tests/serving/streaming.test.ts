/** Streams cut in any way, alone or many at a time, say what the same audio says in one straight pass through the model. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FBANK, fbank, resample } from '@auricle/audio';
import { GreedyDecoder } from '@auricle/decoding';
import {
  createEngine,
  type Engine,
  type LogProbs,
  type Segment,
  type Transcript,
  transcribeSamples,
} from '@auricle/serving';
import { StreamingModel } from '@auricle/serving/streaming-model';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { burstsOfSound, TINY, writeTinyBundle } from './fixtures/tiny-model.js';

let dir: string;
let engine: Engine;
let model: StreamingModel;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'auricle-streaming-'));
  await writeTinyBundle(dir);
  engine = await createEngine({ bundle: dir });
  model = await StreamingModel.load(engine.bundle);
});
afterAll(async () => {
  await engine.close();
  await model.release();
  await rm(dir, { recursive: true });
});

/** The reference: features of the whole recording and its tail of silence, chunk after chunk, nothing shared with the stream's bookkeeping. */
async function straightPass(samples: Float32Array, sampleRate: number): Promise<Float32Array> {
  const atModelRate = resample(samples, sampleRate, FBANK.sampleRate);
  const withTail = atModelRate.length + TINY.tailSeconds * FBANK.sampleRate;
  const chunks = Math.ceil(Math.floor((withTail + 80) / 160) / TINY.window);
  const padded = new Float32Array(chunks * TINY.window * 160 + 400);
  padded.set(atModelRate);
  const frames = fbank(padded);
  const state = model.newState();
  const found: number[] = [];
  const size = TINY.window * 80;
  for (let chunk = 0; chunk < chunks; chunk++) {
    const [{ values }] = await model.run([{ chunk: frames.subarray(chunk * size, (chunk + 1) * size), state }]);
    found.push(...values);
  }
  return Float32Array.from(found);
}

interface Heard {
  logProbs: Float32Array;
  segments: Segment[];
  transcript: Transcript;
}

/** @param sizes of the packets, over and over */
async function stream(samples: Float32Array, sampleRate: number, sizes: readonly number[]): Promise<Heard> {
  const logProbs: LogProbs[] = [];
  const segments: Segment[] = [];
  const live = engine.openStream({
    sampleRate,
    onLogProbs: (chunk) => logProbs.push(chunk),
    onSegment: (segment) => segments.push(segment),
  });
  for (let at = 0, i = 0; at < samples.length; i++) {
    live.push(samples.subarray(at, at + sizes[i % sizes.length]));
    at += sizes[i % sizes.length];
    // Lets other streams' packets in between.
    if (i % 7 === 0) await new Promise(setImmediate);
  }
  const transcript = await live.finish();
  return { logProbs: Float32Array.from(logProbs.flatMap((l) => [...l.values])), segments, transcript };
}

const largestDifference = (a: Float32Array, b: Float32Array) => {
  expect(a.length).toBe(b.length);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);
};

describe('a stream', () => {
  it('says something, so that the other tests compare more than nothing', async () => {
    const { transcript } = await stream(burstsOfSound(1, 16_000, 3), 16_000, [320]);
    expect(transcript.text.length).toBeGreaterThan(5);
  });

  it('depends on all three caches, so that a lost state would be seen', async () => {
    const samples = burstsOfSound(2, 16_000, 2);
    const expected = await straightPass(samples, 16_000);
    const chunk = fbank(samples).subarray(TINY.window * 80, 2 * TINY.window * 80);
    const vocabulary = TINY.tokens.length;
    const row = expected.subarray(8 * vocabulary, 16 * vocabulary);
    const after = model.newState();
    await model.run([{ chunk: fbank(samples).subarray(0, TINY.window * 80), state: after }]);
    const lose = async (change: (state: ReturnType<StreamingModel['newState']>) => void) => {
      const state = { caches: after.caches.map((cache) => cache.slice()), frames: after.frames };
      change(state);
      const [{ values }] = await model.run([{ chunk, state }]);
      return largestDifference(values, row);
    };
    expect(await lose(() => undefined)).toBe(0);
    expect(after.caches).toHaveLength(3);
    for (const cache of after.caches.keys())
      expect(await lose((state) => state.caches[cache].fill(0))).toBeGreaterThan(0.01);
  });

  it('keeps its own caches, whichever streams share its runs and in whichever order', async () => {
    const frames = fbank(burstsOfSound(3, 16_000, 4));
    const size = TINY.window * 80;
    const chunks = Math.floor(frames.length / size);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 1 }), { minLength: 2, maxLength: 12 }),
        async (runs) => {
          const together = Array.from({ length: 5 }, () => ({
            state: model.newState(),
            alone: model.newState(),
            heard: 0,
          }));
          for (const run of runs) {
            // No two streams hear the same.
            const chunkOf = (stream: number) => (together[stream].heard + 3 * stream) % chunks;
            const chunk = (stream: number) => frames.subarray(chunkOf(stream) * size, (chunkOf(stream) + 1) * size);
            const found = await model.run(
              run.map((stream) => ({ chunk: chunk(stream), state: together[stream].state })),
            );
            for (const [row, stream] of run.entries()) {
              const [{ values }] = await model.run([{ chunk: chunk(stream), state: together[stream].alone }]);
              expect(largestDifference(found[row].values, values)).toBeLessThan(1e-4);
              together[stream].heard++;
            }
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  it('gives the log-probs of a straight pass for packets of any sizes, from 1 sample up, and any rate', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 20_000 })), {
          minLength: 1,
          maxLength: 12,
        }),
        fc.constantFrom(8_000, 16_000, 44_100, 48_000),
        fc.integer({ min: 1, max: 1000 }),
        fc.integer({ min: 1, max: 40_000 }),
        async (sizes, sampleRate, seed, length) => {
          const samples = burstsOfSound(seed, sampleRate, 1).subarray(0, length);
          const heard = await stream(samples, sampleRate, sizes);
          expect(largestDifference(heard.logProbs, await straightPass(samples, sampleRate))).toBeLessThan(1e-4);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('gives the same when the audio comes sample by sample', async () => {
    const samples = burstsOfSound(5, 8_000, 1);
    const heard = await stream(samples, 8_000, [1]);
    expect(largestDifference(heard.logProbs, await straightPass(samples, 8_000))).toBeLessThan(1e-4);
  });

  it('ends with the text of a decoder that sees all log-probs at once', async () => {
    const samples = burstsOfSound(6, 16_000, 1);
    const { transcript, logProbs } = await stream(samples, 16_000, [333, 17, 4000]);
    const decoder = new GreedyDecoder(engine.bundle.tokens, { frameSeconds: 0.04 });
    decoder.push(logProbs, logProbs.length / TINY.tokens.length);
    expect(transcript.text).toBe(decoder.result().text);
    expect(transcript.segments[0].words).toEqual(decoder.result().words);
  });

  it('has no chunk and says nothing without audio', async () => {
    const heard = await stream(new Float32Array(0), 16_000, [320]);
    expect(heard.transcript).toEqual({ text: '', segments: [], audioSeconds: 0 });
    expect(heard.logProbs.length).toBe(0);
  });
});

describe('many streams at a time', () => {
  it('share runs and still hear what each would hear alone', async () => {
    const recordings = Array.from({ length: 12 }, (_, i) => burstsOfSound(100 + i, 16_000, 1 + (i % 3), 0.4 + 0.1 * i));
    const alone: Heard[] = [];
    for (const samples of recordings) alone.push(await stream(samples, 16_000, [320]));
    const together = await Promise.all(recordings.map((samples, i) => stream(samples, 16_000, [160 + 37 * i, 1, 999])));
    together.forEach((heard, i) => {
      expect(largestDifference(heard.logProbs, alone[i].logProbs)).toBeLessThan(1e-4);
      expect(heard.transcript.text).toBe(alone[i].transcript.text);
      expect(heard.transcript.segments.map((s) => s.text)).toEqual(alone[i].transcript.segments.map((s) => s.text));
    });
  });
});

describe('segments', () => {
  const speechAndPauses = () => {
    const [first, second] = [burstsOfSound(8, 16_000, 1), burstsOfSound(9, 16_000, 1)];
    const samples = new Float32Array(5 * 16_000);
    samples.set(first.subarray(0, 9_600));
    samples.set(second.subarray(0, 9_600), 3 * 16_000);
    return samples;
  };

  it('end at pauses, are counted, and carry times from the stream’s start', async () => {
    const { transcript, segments } = await stream(speechAndPauses(), 16_000, [320]);
    expect(transcript.segments.map((s) => s.segment)).toEqual([0, 1]);
    const [first, second] = transcript.segments;
    expect(first.end).toBeLessThan(1);
    expect(second.start).toBeGreaterThan(2.5);
    expect(second.words.at(-1)!.end).toBeLessThanOrEqual(second.end);
    expect(transcript.text).toBe(`${first.text} ${second.text}`);
    expect(segments.filter((s) => s.isFinal)).toEqual(transcript.segments);
    expect(segments.some((s) => !s.isFinal)).toBe(true);
    expect(transcript.audioSeconds).toBe(5);
  });

  it('are the same from a file and from a live stream', async () => {
    const samples = speechAndPauses();
    const live = await stream(samples, 16_000, [320, 11]);
    const file = await transcribeSamples(engine, { samples, sampleRate: 16_000 });
    expect(file).toEqual(live.transcript);
  });
});
