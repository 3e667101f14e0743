/** Workers die under their streams, and whoever listens to these notices nothing: the same results, each once, in the same order. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEngine, type Engine, type EngineOptions, type StreamOptions } from '@auricle/serving';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { burstsOfSound, randomNumbers, writeTinyBundle } from '../fixtures/tiny-model.js';

let root: string;
const engines: Engine[] = [];
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'auricle-replay-'));
  await writeTinyBundle(root);
});
afterAll(async () => {
  await Promise.all(engines.map((engine) => engine.close(0)));
  await rm(root, { recursive: true });
});

const RATE = 16_000;
const RULES = [{ needsSpeech: false, trailingSilence: 0.4, utteranceLength: 0 }];

async function engineWith(options: Partial<EngineOptions> = {}): Promise<Engine> {
  const engine = await createEngine({ bundle: root, endpointRules: RULES, ...options });
  engines.push(engine);
  return engine;
}

/** Streams the samples in packets and calls `between` after each.
 *  @returns all that was told, in order */
async function told(
  engine: Engine,
  samples: Float32Array,
  options: Partial<StreamOptions> = {},
  between: (packet: number) => Promise<void> | void = () => undefined,
) {
  const heard: unknown[] = [];
  const stream = engine.openStream({
    sampleRate: RATE,
    onSegment: (segment) => heard.push(segment),
    onSpeech: (event) => heard.push(event),
    onSettled: (seconds) => heard.push(seconds),
    onLogProbs: ({ values }) => heard.push(values),
    onWarning: ({ code }) => heard.push(code),
    ...options,
  });
  for (let at = 0, packet = 0; at < samples.length; at += 1600, packet++) {
    stream.push(samples.subarray(at, at + 1600));
    await stream.drained(2);
    await between(packet);
  }
  return { heard, transcript: await stream.finish() };
}

const kill = (engine: Engine, place: number) => engine.threads[place].thread.terminate();
/** Kinds apart, for speech events come as soon as their audio does. */
const byKind = (heard: readonly unknown[]) => ({
  events: heard.filter((x) => typeof x === 'object' && x !== null && 'time' in x),
  others: heard.filter((x) => !(typeof x === 'object' && x !== null && 'time' in x)),
});

describe('a stream whose worker dies', () => {
  it('goes on in the one that replaces it, and says what it would have said, each thing once', async () => {
    const engine = await engineWith();
    const samples = burstsOfSound(1, RATE, 4);
    const undisturbed = await told(engine, samples);
    expect(undisturbed.transcript.segments.length).toBeGreaterThan(2);
    for (const at of [0, 5, 23]) {
      const disturbed = await told(engine, samples, {}, async (packet) => {
        if (packet === at || packet === at + 9) await kill(engine, 0);
      });
      expect(byKind(disturbed.heard)).toEqual(byKind(undisturbed.heard));
      expect(disturbed.transcript).toEqual(undisturbed.transcript);
    }
    expect(engine.openStreams).toBe(0);
  });

  it('goes on in another one where there is one, at random moments, with a beam, alternatives and hotwords', async () => {
    const engine = await engineWith({ workers: 2 });
    const samples = burstsOfSound(2, RATE, 3);
    const options = { alternatives: 3, hotwords: [{ phrase: 'ab', boost: 2 }] };
    const undisturbed = await told(engine, samples, options);
    const random = randomNumbers(5);
    const disturbed = await told(engine, samples, options, async () => {
      if (random() > -0.8) return;
      await kill(engine, 0);
      await kill(engine, 1);
    });
    expect(byKind(disturbed.heard)).toEqual(byKind(undisturbed.heard));
    expect(disturbed.transcript).toEqual(undisturbed.transcript);
  });

  it('is not lost when the worker dies after its end, or while nothing is ready', async () => {
    const engine = await engineWith();
    const samples = burstsOfSound(3, RATE, 2);
    const { transcript } = await told(engine, samples);
    const stream = engine.openStream({ sampleRate: RATE });
    stream.push(samples);
    const finished = stream.finish();
    await kill(engine, 0);
    expect(engine.isReady).toBe(false);
    expect(await finished).toEqual(transcript);
  });

  it('fails with AUR_SERVING_WORKER_LOST when its segment is longer than the audio that is kept', async () => {
    const engine = await engineWith({ replaySeconds: 1 });
    const samples = burstsOfSound(4, RATE, 3);
    const stream = engine.openStream({ sampleRate: RATE, endpointRules: [] });
    stream.push(samples);
    await stream.drained(2);
    await kill(engine, 0);
    await expect(stream.finish()).rejects.toMatchObject({ code: 'AUR_SERVING_WORKER_LOST' });
  });

  it('keeps no more audio than since its last checkpoint', async () => {
    const engine = await engineWith();
    const stream = engine.openStream({ sampleRate: RATE });
    const kept = () => {
      const { tape } = stream as unknown as { tape: { length: number; start: number } };
      return (tape.length - tape.start) / (4 * RATE);
    };
    const samples = burstsOfSound(5, RATE, 1);
    let most = 0;
    for (let i = 0; i < 20; i++) {
      stream.push(samples);
      await stream.drained(2);
      most = Math.max(most, kept());
    }
    await stream.finish();
    expect(most).toBeGreaterThan(0.5);
    expect(most).toBeLessThan(6);
  });
});
