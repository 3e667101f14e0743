/** What was said up to a finalize is final at once; what follows is heard as a stream of its own would be, in the time of the whole. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEngine, type Engine, type Segment, type StreamOptions } from '@auricle/serving';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { burstsOfSound, writeTinyBundle } from '../fixtures/tiny-model.js';

let root: string;
let engine: Engine;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'auricle-finalize-'));
  engine = await createEngine({ bundle: await writeTinyBundle(root) });
});
afterAll(async () => {
  await engine.close(0);
  await rm(root, { recursive: true });
});

const RATE = 8000;
const SAMPLES = burstsOfSound(1, RATE, 3);

/** Streams the parts, each finalized but the last, in packets of a size.
 *  @returns the finals, and how many there were after each finalize */
async function finalized(parts: readonly Float32Array[], packet: number, options: Partial<StreamOptions> = {}) {
  const finals: Segment[] = [];
  const counts: number[] = [];
  const stream = engine.openStream({
    sampleRate: RATE,
    ...options,
    onSegment: (segment) => {
      if (segment.isFinal) finals.push(segment);
    },
  });
  for (const [i, part] of parts.entries()) {
    for (let at = 0; at < part.length; at += packet) stream.push(part.subarray(at, at + packet));
    if (i === parts.length - 1) break;
    await stream.finalize();
    counts.push(finals.length);
  }
  return { finals, counts, transcript: await stream.finish() };
}

const later = <T extends { start: number; end: number }>(timed: T, seconds: number): T => ({
  ...timed,
  start: timed.start + seconds,
  end: timed.end + seconds,
});

describe('a finalized stream', () => {
  it('says what streams of its parts say, at their times, with numbers that go on', async () => {
    const cuts = [0, 5003, 5003, 17_000, SAMPLES.length];
    const parts = cuts.slice(1).map((cut, i) => SAMPLES.subarray(cuts[i], cut));
    const alone = await Promise.all(parts.map((part) => finalized([part], 100_000)));
    const expected = alone.flatMap(({ finals }, i) =>
      finals.map((segment) => ({
        ...later(segment, cuts[i] / RATE),
        words: segment.words.map((word) => later(word, cuts[i] / RATE)),
      })),
    );
    expect(expected.length).toBeGreaterThan(2);
    for (const packet of [100_000, 997]) {
      const { finals, counts, transcript } = await finalized(parts, packet);
      expect(finals).toEqual(expected.map((segment, i) => ({ ...segment, segment: i })));
      expect(counts).toEqual([1, 1, 2].map((_, i) => alone.slice(0, i + 1).flatMap((a) => a.finals).length));
      expect(transcript.segments).toEqual(finals);
      expect(transcript.audioSeconds).toBe(SAMPLES.length / RATE);
    }
  });

  it('is settled where it was finalized', async () => {
    const settled: number[] = [];
    await finalized([SAMPLES.subarray(0, 6000), SAMPLES.subarray(6000)], 500, {
      onSettled: (seconds) => settled.push(seconds),
    });
    expect(settled).toContain(6000 / RATE);
  });

  it('ends speech that is under way, and tells of it when it goes on', async () => {
    const events: string[] = [];
    const tone = burstsOfSound(2, RATE, 1, 2).subarray(0, 2 * RATE);
    await finalized([tone.subarray(0, RATE), tone.subarray(RATE)], 800, {
      onSpeech: ({ type, time }) => events.push(`${type} ${time < 1 ? 'before' : 'after'}`),
    });
    expect(events).toEqual([
      'speech_started before',
      'speech_ended after',
      'speech_started after',
      'speech_ended after',
    ]);
  });

  it('is as if nothing had been asked where nothing was pushed', async () => {
    const stream = engine.openStream({ sampleRate: RATE });
    await stream.finalize();
    await stream.finalize();
    stream.push(SAMPLES);
    expect(await stream.finish()).toEqual((await finalized([SAMPLES], 100_000)).transcript);
  });

  it('goes on when its worker dies before, during and after it', async () => {
    const parts = [SAMPLES.subarray(0, 9000), SAMPLES.subarray(9000)];
    const expected = await finalized(parts, 1000);
    const finals: Segment[] = [];
    const stream = engine.openStream({
      sampleRate: RATE,
      onSegment: (segment) => {
        if (segment.isFinal) finals.push(segment);
      },
    });
    const kill = () => engine.threads[0].thread.terminate();
    stream.push(parts[0]);
    await kill();
    const done = stream.finalize();
    await kill();
    await done;
    stream.push(parts[1]);
    await kill();
    expect(await stream.finish()).toEqual(expected.transcript);
    expect(finals).toEqual(expected.finals);
    await engine.threads[0].ready();
  });

  it('refuses to be finalized after its end, and tells of its failure', async () => {
    const stream = engine.openStream({ sampleRate: RATE });
    stream.push(SAMPLES);
    const done = stream.finalize();
    stream.close();
    await expect(done).rejects.toMatchObject({ code: 'AUR_SERVING_CLOSED' });
    const other = engine.openStream({ sampleRate: RATE });
    const finished = other.finish();
    expect(() => other.finalize()).toThrow(expect.objectContaining({ code: 'AUR_SERVING_CLOSED' }));
    await finished;
  });
});
