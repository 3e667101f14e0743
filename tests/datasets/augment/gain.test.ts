import { clip, gain } from '@auricle/datasets';
import { describe, expect, it } from 'vitest';
import { tone } from '../files.js';
import { decibels, power } from './measures.js';
import { gaussian } from './signals.js';

describe('gain', () => {
  it('changes the level by so many decibels and not its argument', () => {
    const samples = tone(0.1, 8000, 440, 0.1);
    const before = samples.slice();
    expect(decibels(power(gain(samples, 6)) / power(samples))).toBeCloseTo(6, 4);
    expect(decibels(power(gain(samples, -12)) / power(samples))).toBeCloseTo(-12, 4);
    expect(samples).toEqual(before);
  });

  it('clips to [-1, 1]', () => {
    expect([...gain(Float32Array.of(0.5, -0.5, 0.01), 20)]).toEqual([1, -1, Math.fround(Math.fround(0.01) * 10)]);
  });
});

describe('clip', () => {
  it('cuts what lies above the level and leaves the rest as it is', () => {
    expect([...clip(Float32Array.of(0.8, 0.25, -0.125, -0.5, 0), 20 * Math.log10(4))]).toEqual([
      Math.fround(0.2),
      Math.fround(0.2),
      -0.125,
      -Math.fround(0.2),
      0,
    ]);
  });

  it.each([3, 10, 20])('leaves nothing above %i dB below the peak', (level) => {
    const samples = gaussian(4000);
    const highest = Math.max(...samples.map(Math.abs));
    const limit = highest * 10 ** (-level / 20);
    const clipped = clip(samples, level);
    expect(Math.max(...clipped.map(Math.abs))).toBeCloseTo(limit, 6);
    const over = samples.filter((value) => Math.abs(value) > limit).length;
    const flat = clipped.filter((value) => Math.abs(Math.abs(value) - limit) < 1e-7).length;
    expect(over).toBeGreaterThan(0);
    expect(flat).toBe(over);
  });

  it('changes nothing at 0 dB, in silence or without samples', () => {
    const samples = gaussian(100);
    expect(clip(samples, 0)).toEqual(samples);
    expect([...clip(new Float32Array(5), 6)]).toEqual([0, 0, 0, 0, 0]);
    expect(clip(new Float32Array(0), 6)).toHaveLength(0);
  });
});
