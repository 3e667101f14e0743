/** Up to which time a stream's audio need not be kept: where it is cut, and that a stream that starts there hears the rest. */
import type { SpeechEvent } from '@auricle/decoding';
import { createEngine, type Engine, type StreamOptions } from '@auricle/serving';
import { settledInPause } from '@auricle/serving/settled';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIGITS, joinedDigits, seededRandom } from '../client/fixtures/joined-digits.js';

describe('in a pause', () => {
  it('is the chunk border nearest to the middle', () => {
    expect(settledInPause(6.4, 1.6, 0.32)).toBeCloseTo(5.76, 9);
    expect(settledInPause(6.4, 1.2, 0.32)).toBeCloseTo(5.76, 9);
  });

  it('is the middle where chunks are longer than the pause', () => {
    expect(settledInPause(10.24, 1.2, 5.12)).toBeCloseTo(9.64, 9);
  });

  it('is nowhere when the pause is short', () => {
    expect(settledInPause(6.4, 0.9, 0.32)).toBeUndefined();
  });
});

describe('a stream', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await createEngine({ bundle: DIGITS });
  });
  afterAll(() => engine.close());

  const hear = async (samples: Float32Array, sampleRate: number, options: Partial<StreamOptions> = {}) => {
    const settled: number[] = [];
    const stream = engine.openStream({ sampleRate, onSettled: (seconds) => settled.push(seconds), ...options });
    stream.push(samples);
    const { segments } = await stream.finish();
    return { settled, words: segments.flatMap(({ words }) => words) };
  };

  it('that starts where another is settled says the rest of its words, at their times', async () => {
    const { samples, sampleRate } = await joinedDigits(60, seededRandom(3));
    const { settled, words } = await hear(samples, sampleRate);
    expect(settled.length).toBeGreaterThan(5);
    expect(settled.at(-1)).toBe(60);
    for (const from of settled.slice(0, -1)) {
      const rest = await hear(samples.subarray(Math.round(from * sampleRate)), sampleRate);
      const expected = words.filter(({ start }) => start >= from);
      expect(rest.words.map(({ word }) => word)).toEqual(expected.map(({ word }) => word));
      rest.words.forEach(({ start }, i) => {
        expect(Math.abs(start + from - expected[i].start)).toBeLessThan(0.1);
      });
    }
  });

  it('that is told again what came before that says the rest as if it had heard all, and nothing else', async () => {
    const { samples, sampleRate } = await joinedDigits(60, seededRandom(3));
    const { settled, words } = await hear(samples, sampleRate);
    for (const from of settled.slice(0, -1)) {
      const heardSeconds = Math.min(from, 12 * 0.32);
      const start = from - heardSeconds;
      const speech: SpeechEvent[] = [];
      const part = samples.subarray(Math.round(start * sampleRate));
      const rest = await hear(part, sampleRate, { heardSeconds, onSpeech: (event) => speech.push(event) });
      const expected = words.filter((word) => word.start >= from);
      expect(rest.words.map(({ word }) => word)).toEqual(expected.map(({ word }) => word));
      rest.words.forEach((word, i) => {
        expect(word.start + start).toBeCloseTo(expected[i].start, 6);
        expect(Math.abs(word.confidence - expected[i].confidence)).toBeLessThan(0.02);
      });
      expect(rest.settled[0]).toBeGreaterThan(heardSeconds);
      expect(speech.every(({ time }) => time >= heardSeconds)).toBe(true);
    }
  });

  it('that is told nothing new says nothing', async () => {
    const { samples, sampleRate } = await joinedDigits(8, seededRandom(3));
    expect(await hear(samples, sampleRate, { heardSeconds: 10 })).toEqual({ settled: [8], words: [] });
    expect(() => engine.openStream({ sampleRate, heardSeconds: -1 })).toThrow(/stream\.heardSeconds.*-1/);
  });

  it('is settled in silence too, so that nothing piles up', async () => {
    const { settled } = await hear(new Float32Array(16_000 * 10), 16_000);
    expect(settled.length).toBeGreaterThan(3);
    expect(settled[0]).toBeLessThan(2.5);
  });
});
