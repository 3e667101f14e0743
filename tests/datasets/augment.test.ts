import { addWhiteNoise, concatenate, gain, Random, specAugment, speed } from '@auricle/datasets';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tone } from './files.js';

const power = (samples: Float32Array) => samples.reduce((sum, v) => sum + v * v, 0) / samples.length;
const decibels = (ratio: number) => 10 * Math.log10(ratio);

describe('speed', () => {
  it.each([0.9, 1.1, 1.25])('plays %f times as fast: shorter by it, higher by it', (factor) => {
    const rate = 16_000;
    const { samples, sampleRate } = speed({ samples: tone(1, rate, 400), sampleRate: rate }, factor);
    expect(sampleRate).toBe(rate);
    expect(Math.abs(samples.length - rate / factor)).toBeLessThan(2);
    // A sine of 400 Hz crosses zero 800 times a second.
    const middle = samples.subarray(1000, samples.length - 1000);
    const crossings = middle.reduce((n, v, i) => n + (i > 0 && v < 0 !== middle[i - 1] < 0 ? 1 : 0), 0);
    expect(Math.abs(crossings / (middle.length / rate) / (800 * factor) - 1)).toBeLessThan(0.01);
  });

  it('leaves samples alone at 1', () => {
    const pcm = { samples: tone(0.1, 8000), sampleRate: 8000 };
    expect(speed(pcm, 1)).toEqual(pcm);
  });

  it.each([0, -1, 3, Number.NaN])('refuses a factor of %d', (factor) => {
    const act = () => speed({ samples: tone(0.1, 8000), sampleRate: 8000 }, factor);
    expect(act).toThrow(expect.objectContaining({ code: 'AUR_AUGMENT_SPEED' }));
  });
});

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

describe('addWhiteNoise', () => {
  it.each([-5, 0, 10, 30])('reaches a signal-to-noise ratio of %d dB', (snr) => {
    const samples = tone(3, 16_000);
    const noisy = addWhiteNoise(samples, snr, new Random(1));
    const noise = noisy.map((v, i) => v - samples[i]);
    expect(Math.abs(decibels(power(samples) / power(noise)) - snr)).toBeLessThan(0.2);
    const next = noise.slice(1).reduce((sum, v, i) => sum + v * noise[i], 0) / noise.length;
    expect(Math.abs(next) / power(noise)).toBeLessThan(0.03);
  });

  it('is repeatable by its seed and differs between seeds', () => {
    const samples = tone(0.1, 8000);
    expect(addWhiteNoise(samples, 10, new Random(1))).toEqual(addWhiteNoise(samples, 10, new Random(1)));
    expect(addWhiteNoise(samples, 10, new Random(1))).not.toEqual(addWhiteNoise(samples, 10, new Random(2)));
  });

  it('leaves digital silence silent', () => {
    expect(addWhiteNoise(new Float32Array(50), 10, new Random(1)).every((v) => v === 0)).toBe(true);
  });
});

describe('concatenate', () => {
  it('puts gaps between the pieces only', () => {
    expect([...concatenate([Float32Array.of(1, 2), Float32Array.of(3), Float32Array.of(4)], 2)]).toEqual([
      ...[1, 2],
      ...[0, 0],
      3,
      ...[0, 0],
      4,
    ]);
    expect([...concatenate([Float32Array.of(1), Float32Array.of(2)])]).toEqual([1, 2]);
    expect(concatenate([], 5)).toHaveLength(0);
  });
});

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
