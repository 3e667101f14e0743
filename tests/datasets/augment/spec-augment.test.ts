import { Random, specAugment } from '@auricle/datasets';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

describe('specAugment', () => {
  const BINS = 10;
  const options = { timeMasks: 0, maxTimeMask: 8, maxTimeFraction: 1, freqMasks: 0, maxFreqMask: 4, fill: -99 };
  /** Every value differs from the fill. */
  const ramp = (frames: number) => Float32Array.from({ length: frames * BINS }, (_, i) => i);
  const isMasked = (frames: Float32Array, t: number, bin: number) => frames[t * BINS + bin] === -99;

  it('masks whole frames that follow each other, no more than it may', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 0, max: 40 }), (seed, count) => {
        const frames = ramp(count);
        const limits = { ...options, timeMasks: 1, maxTimeFraction: 0.5 };
        specAugment(frames, count, BINS, limits, new Random(seed));
        const masked = Array.from({ length: count }, (_, t) => t).filter((t) => isMasked(frames, t, 0));
        expect(masked.length).toBeLessThanOrEqual(Math.min(8, count / 2));
        if (masked.length > 0) expect(masked.at(-1)! - masked[0] + 1).toBe(masked.length);
        frames.forEach((value, i) => {
          expect(value).toBe(masked.includes(Math.floor(i / BINS)) ? -99 : i);
        });
      }),
    );
  });

  it('masks whole neighbouring bins, no more than it may', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 20 }), (seed, count) => {
        const frames = ramp(count);
        specAugment(frames, count, BINS, { ...options, freqMasks: 1 }, new Random(seed));
        const masked = Array.from({ length: BINS }, (_, bin) => bin).filter((bin) => isMasked(frames, 0, bin));
        expect(masked.length).toBeLessThanOrEqual(4);
        if (masked.length > 0) expect(masked.at(-1)! - masked[0] + 1).toBe(masked.length);
        frames.forEach((value, i) => {
          expect(value).toBe(masked.includes(i % BINS) ? -99 : i);
        });
      }),
    );
  });

  it('masks something, anywhere, over many seeds', () => {
    const hit = new Set<number>();
    for (let seed = 0; seed < 200; seed++) {
      const frames = ramp(20);
      specAugment(frames, 20, BINS, { ...options, timeMasks: 1, freqMasks: 1 }, new Random(seed));
      frames.forEach((value, i) => {
        if (value === -99) hit.add(i);
      });
    }
    expect(hit.size).toBe(20 * BINS);
  });

  it("fills with the utterance's mean where no value is given, and leaves the padding alone", () => {
    const frames = ramp(30);
    specAugment(frames, 20, BINS, { ...options, timeMasks: 2, freqMasks: 2, fill: undefined }, new Random(3));
    const changed = [...frames].filter((value, i) => value !== i);
    expect(changed.length).toBeGreaterThan(0);
    // Of 0 to 199.
    expect(new Set(changed)).toEqual(new Set([99.5]));
    expect(frames.subarray(20 * BINS)).toEqual(ramp(30).subarray(20 * BINS));
  });
});
