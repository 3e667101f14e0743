import { tempo } from '@auricle/datasets';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tone } from '../files.js';
import { dominantHertz, power } from './measures.js';
import { EXTREMES, gaussian, RATE } from './signals.js';

describe('tempo', () => {
  it.each([
    [0.5, 100],
    [0.8, 150],
    [0.9, 440],
    [1.1, 440],
    [1.25, 1900],
    [2, 3700],
  ])('plays %f times as fast at the same pitch of %i Hz', (factor, hertz) => {
    const { samples, sampleRate } = tempo({ samples: tone(1, RATE, hertz), sampleRate: RATE }, factor);
    expect(sampleRate).toBe(RATE);
    expect(samples).toHaveLength(Math.round(RATE / factor));
    expect(Math.abs(dominantHertz(samples, RATE, hertz * 0.8, hertz * 1.3) / hertz - 1)).toBeLessThan(0.01);
  });

  it.each([0.8, 1.2])('joins the pieces of a steady tone without dips or clicks at %f', (factor) => {
    const { samples } = tempo({ samples: tone(1, RATE, 200, 0.5), sampleRate: RATE }, factor);
    // A tone of 0.5 has a power of 0.125 and moves at most 0.04 from sample to sample.
    for (let at = 0; at + 400 < samples.length - 400; at += 200)
      expect(power(samples.subarray(at, at + 400))).toBeCloseTo(0.125, 2);
    const steps = samples.subarray(0, -400).map((value, i) => (i > 0 ? Math.abs(value - samples[i - 1]) : 0));
    expect(Math.max(...steps)).toBeLessThan(0.05);
  });

  it.each([0.7, 1.3])('says at t / %f what was said at t, within 10 ms and the length of a piece', (factor) => {
    const at = 0.5;
    const samples = new Float32Array(RATE);
    samples.set(gaussian(800), at * RATE);
    const { samples: changed } = tempo({ samples, sampleRate: RATE }, factor);
    const first = changed.findIndex((value) => Math.abs(value) > 1e-6) / RATE;
    expect(Math.abs(first - at / factor)).toBeLessThan(0.025);
  });

  it('starts with the first samples as they are', () => {
    const samples = gaussian(4000);
    expect(tempo({ samples, sampleRate: RATE }, 1.2).samples.subarray(0, 240)).toEqual(samples.subarray(0, 240));
  });

  it('leaves samples alone at 1', () => {
    const pcm = { samples: gaussian(1000), sampleRate: 8000 };
    expect(tempo(pcm, 1)).toEqual(pcm);
  });

  it('makes round(length / factor) finite samples of any number, and at least one of some', () => {
    fc.assert(
      fc.property(fc.nat(2000), fc.double({ min: 0.5, max: 2, noNaN: true }), (length, factor) => {
        const { samples } = tempo({ samples: gaussian(length), sampleRate: 8000 }, factor);
        expect(samples).toHaveLength(length === 0 ? 0 : Math.max(1, Math.round(length / factor)));
        expect(samples.every(Number.isFinite)).toBe(true);
      }),
    );
  });

  it.each(EXTREMES)('gives numbers for %s', (_, samples) => {
    expect(tempo({ samples, sampleRate: RATE }, 0.8).samples.every(Number.isFinite)).toBe(true);
  });

  it.each([0, 0.4, 2.1, Number.NaN])('refuses a factor of %d', (factor) => {
    const act = () => tempo({ samples: tone(0.1, 8000), sampleRate: 8000 }, factor);
    expect(act).toThrow(expect.objectContaining({ code: 'AUR_AUGMENT_OPTION' }));
  });
});
