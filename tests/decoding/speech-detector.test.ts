import { SpeechDetector, type SpeechEvent } from '@auricle/decoding';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const BINS = 4;
/** Frames of the given levels (mean log-mel energy), each for so many frames. */
const framesOf = (...stretches: [level: number, frames: number][]) =>
  Float32Array.from(stretches.flatMap(([level, frames]) => Array(frames * BINS).fill(level)));

function eventsOf(frames: Float32Array, cuts: readonly number[] = []): SpeechEvent[] {
  const detector = new SpeechDetector({ melBins: BINS });
  const edges = [0, ...[...cuts].sort((a, b) => a - b), frames.length / BINS];
  const found: SpeechEvent[] = [];
  for (let i = 1; i < edges.length; i++) {
    detector.push(frames.subarray(edges[i - 1] * BINS, edges[i] * BINS));
    found.push(...detector.takeEvents());
  }
  detector.finish();
  return [...found, ...detector.takeEvents()];
}
const times = (events: SpeechEvent[]) => events.map(({ type, time }) => [type.slice(7), Number(time.toFixed(6))]);

describe('SpeechDetector', () => {
  it('tells when speech starts and ends', () => {
    expect(times(eventsOf(framesOf([-10, 50], [-5, 40], [-10, 100], [-5, 30], [-10, 80])))).toEqual([
      ['started', 0.5],
      ['ended', 0.9],
      ['started', 1.9],
      ['ended', 2.2],
    ]);
  });

  it('goes on over short pauses and is not woken by a click', () => {
    expect(times(eventsOf(framesOf([-10, 50], [-5, 40], [-10, 30], [-5, 30], [-10, 80])))).toEqual([
      ['started', 0.5],
      ['ended', 1.5],
    ]);
    expect(eventsOf(framesOf([-10, 50], [-3, 5], [-10, 80]))).toEqual([]);
  });

  it('hears nothing in silence or in steady noise, and speech in both', () => {
    for (const noise of [-15.94, -12, -9])
      expect(times(eventsOf(framesOf([noise, 300], [noise + 8, 40], [noise, 100])))).toEqual([
        ['started', 3],
        ['ended', 3.4],
      ]);
  });

  it('hears a stream that opens in the midst of a word', () => {
    expect(times(eventsOf(framesOf([-5, 40], [-10, 100])))).toEqual([
      ['started', 0],
      ['ended', 0.4],
    ]);
  });

  it('gets used to noise that sets in', () => {
    const events = times(eventsOf(framesOf([-11, 100], [-8, 2000])));
    expect(events).toHaveLength(2);
    expect(events[1][1]).toBeLessThan(8);
  });

  it('ends speech with the stream', () => {
    expect(times(eventsOf(framesOf([-10, 50], [-5, 40])))).toEqual([
      ['started', 0.5],
      ['ended', 0.9],
    ]);
  });

  it('tells how long it has been quiet', () => {
    const detector = new SpeechDetector({ melBins: BINS });
    detector.push(framesOf([-10, 50]));
    expect([detector.quietSeconds, detector.speaking]).toEqual([0, false]);
    detector.push(framesOf([-5, 40], [-10, 20]));
    expect([detector.quietSeconds, detector.speaking]).toEqual([expect.closeTo(0.2, 9), true]);
    detector.push(framesOf([-10, 100]));
    expect([detector.quietSeconds, detector.speaking]).toEqual([expect.closeTo(1.2, 9), false]);
  });

  it('gives the same events however the frames are cut; each start has its end, in order', () => {
    const levels = fc.array(fc.tuple(fc.double({ min: -16, max: -2, noNaN: true }), fc.integer({ min: 1, max: 70 })), {
      minLength: 1,
      maxLength: 20,
    });
    fc.assert(
      fc.property(levels, fc.array(fc.double({ min: 0, max: 1, noNaN: true })), (stretches, places) => {
        const frames = framesOf(...stretches);
        const events = eventsOf(frames);
        expect(
          eventsOf(
            frames,
            places.map((place) => Math.floor((place * frames.length) / BINS)),
          ),
        ).toEqual(events);
        events.forEach(({ type, time }, i) => {
          expect(type).toBe(i % 2 === 0 ? 'speech_started' : 'speech_ended');
          if (i > 0) expect(time).toBeGreaterThanOrEqual(events[i - 1].time);
        });
        expect(events.length % 2).toBe(0);
      }),
    );
  });

  it('refuses options that make no sense', () => {
    expect(() => new SpeechDetector({ endSeconds: -1 })).toThrow('speech.endSeconds: seen -1');
    expect(() => new SpeechDetector({ loudness: 1 } as never)).toThrow('speech.loudness: seen an unknown option');
  });
});
