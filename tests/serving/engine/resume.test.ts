/** A recogniser that takes up a stream at any checkpoint hears the rest bit for bit as the first one does, and main thread and worker agree on when a
 *  chunk is complete. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bundle, readBundle } from '@auricle/bundle';
import { DecoderFactory, planDecoding } from '@auricle/decoding';
import { frameSecondsOf, Recogniser, type RecogniserState, type Segment } from '@auricle/serving';
import { ChunkFeed, samplesForChunks } from '@auricle/serving/chunk-feed';
import { type ModelState, StreamingModel } from '@auricle/serving/streaming-model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { burstsOfSound, writeTinyBundle } from '../fixtures/tiny-model.js';

let dir: string;
let bundle: Bundle;
let model: StreamingModel;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'auricle-resume-'));
  bundle = await readBundle(await writeTinyBundle(dir));
  model = await StreamingModel.load(bundle);
});
afterAll(async () => {
  await model.release();
  await rm(dir, { recursive: true });
});

const RATES = [8000, 16_000, 44_100, 7919];
/** Samples that a chunk may be complete before it is said to be, because of a resampler's phase. */
const SLACK = 4;
const RULES = [{ needsSpeech: false, trailingSilence: 0.4, utteranceLength: 0 }];

interface Point {
  recogniser: RecogniserState;
  model: ModelState;
  answers: number;
  told: number;
}

/** Hears samples in pieces, from a point on where one is given. */
async function hear(samples: Float32Array, sampleRate: number, alternatives: number, from?: Point) {
  const decoders = new DecoderFactory(
    bundle.tokens,
    { frameSeconds: frameSecondsOf(bundle) },
    planDecoding(bundle.tokens),
  );
  const { decoder } = decoders.create(undefined, alternatives);
  const options = { sampleRate, endpointRules: RULES, alternatives, speechEvents: true, decoder };
  const recogniser = new Recogniser(bundle, options, from?.recogniser);
  const state = from ? structuredClone(from.model) : model.newState();
  const answers: Float32Array[] = [];
  const segments: (Segment | undefined)[] = [];
  const points: Point[] = [];
  const events: unknown[] = [];
  const answer = async () => {
    for (let chunk = recogniser.nextChunk(); chunk; chunk = recogniser.nextChunk()) {
      const [{ values, frames }] = await model.run([{ chunk, state }]);
      answers.push(values);
      segments.push(recogniser.accept(values, frames));
      events.push(...recogniser.takeSpeechEvents());
      if (!recogniser.hasEndedSegment || recogniser.isDone) continue;
      const point = { recogniser: recogniser.state, model: state, answers: answers.length, told: 0 };
      points.push(structuredClone({ ...point, told: point.recogniser.watch!.events }));
    }
  };
  for (let at = from?.recogniser.samples ?? 0; at < samples.length; at += 777) {
    recogniser.push(samples.subarray(at, at + 777));
    await answer();
  }
  recogniser.finish();
  await answer();
  events.push(...recogniser.takeSpeechEvents());
  return { answers, segments, points, events };
}

describe('a stream that is taken up at a checkpoint', () => {
  for (const alternatives of [1, 3])
    it(`gives the same log-probs, segments and events, ${alternatives === 1 ? 'greedy' : 'with a beam'}, at any rate`, async () => {
      for (const sampleRate of RATES) {
        const samples = burstsOfSound(sampleRate, sampleRate, 3);
        const whole = await hear(samples, sampleRate, alternatives);
        expect(whole.points.length).toBeGreaterThan(1);
        expect(whole.events.length).toBeGreaterThan(4);
        for (const point of whole.points) {
          const rest = await hear(samples, sampleRate, alternatives, point);
          expect(rest.answers).toEqual(whole.answers.slice(point.answers));
          expect(rest.segments).toEqual(whole.segments.slice(point.answers));
          expect(rest.events).toEqual(whole.events.slice(point.told));
        }
      }
    });

  it('needs hardly more audio than what comes after it', async () => {
    const samples = burstsOfSound(3, 16_000, 4);
    const { points } = await hear(samples, 16_000, 1);
    for (const { recogniser } of points) {
      const border = recogniser.chunks * bundle.interface.chunkShift * 160;
      expect(border - recogniser.samples).toBeGreaterThan(0);
      expect(border - recogniser.samples).toBeLessThan(800);
    }
  });
});

it('a chunk is complete with exactly the samples that are said to complete it', () => {
  for (const sampleRate of RATES) {
    const samples = burstsOfSound(1, sampleRate, 2);
    const due = samplesForChunks(bundle, sampleRate);
    const feed = new ChunkFeed(bundle, sampleRate);
    let pushed = 0;
    for (let chunk = 0; due(chunk) < samples.length; chunk++) {
      feed.push(samples.subarray(pushed, due(chunk) - SLACK - 1));
      expect(feed.nextChunk(), `${sampleRate} Hz, too early`).toBeUndefined();
      feed.push(samples.subarray(due(chunk) - SLACK - 1, due(chunk)));
      pushed = due(chunk);
      expect(feed.nextChunk(), `${sampleRate} Hz, chunk ${chunk}`).toBeDefined();
    }
  }
});
