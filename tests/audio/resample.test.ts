import { HIGHEST_RATE, LOWEST_RATE, resample, StreamingResampler } from '@auricle/audio';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decibels, fitTone, rms, sinusoid } from './tones.mjs';

/** Those that come with microphones, telephones, files and codecs; the last needs more phases than the filter holds. */
const RATES = [
  [8000, 16_000],
  [44_100, 16_000],
  [48_000, 16_000],
  [16_000, 8000],
  [22_050, 16_000],
  [16_000, 48_000],
  [47_999, 16_000],
] as const;

/** In parts of the lower rate: up to here the filter passes all, from half on nothing. */
const PASS_BAND = 0.44;

/** Samples at the ends of the output that the silence outside reaches: 64 periods of the lower rate. */
const edge = (from: number, to: number) => Math.ceil((65 * to) / Math.min(from, to));

function stream(samples: Float32Array, from: number, to: number, sizes: readonly number[]): Float32Array {
  const resampler = new StreamingResampler(from, to);
  const parts: Float32Array[] = [];
  for (let at = 0, i = 0; at < samples.length; i++) {
    const size = sizes[i % sizes.length];
    parts.push(resampler.push(samples.subarray(at, at + size)));
    at += size;
  }
  parts.push(resampler.flush());
  return Float32Array.from(parts.flatMap((part) => [...part]));
}

const anyRate = fc.oneof(
  fc.constantFrom(8000, 11_025, 16_000, 22_050, 24_000, 44_100, 48_000),
  fc.integer({ min: 4000, max: 50_000 }),
);
const anySamples = (maxLength: number) => fc.float32Array({ min: -1, max: 1, noNaN: true, maxLength });

describe.each(RATES)('resample from %d to %d Hz', (from, to) => {
  const lower = Math.min(from, to);

  it('passes sinusoids below the edge unchanged: level within 0.01 dB, no delay, nothing beside them', () => {
    for (const part of [0.002, 0.05, 0.125, 0.25, 0.333, 0.4, PASS_BAND]) {
      const hz = part * lower;
      const out = resample(sinusoid(hz, from, from / 2, 0.5, 1), from, to);
      const { amplitude, phase, residual } = fitTone(out, hz, to, edge(from, to));
      expect(Math.abs(decibels(amplitude / 0.5)), `${hz} Hz`).toBeLessThan(0.01);
      expect(Math.abs(phase - 1), `${hz} Hz`).toBeLessThan(1e-4);
      // Images and aliases of the tone.
      expect(decibels(residual / rms(out)), `${hz} Hz`).toBeLessThan(-95);
    }
  });

  it('rejects what the lower rate cannot hold by at least 95 dB', () => {
    if (from <= to) {
      // Its images are the only content there: the pass band's residual. Here just below the Nyquist frequency.
      const hz = 0.499 * from;
      const out = resample(sinusoid(hz, from, from / 2), from, to);
      expect(decibels(fitTone(out, from - hz, to, edge(from, to)).amplitude)).toBeLessThan(-95);
      return;
    }
    for (const part of [0.5, 0.51, 0.55, 0.7, 0.9, 1, 1.2, 1.4]) {
      const hz = part * lower;
      if (hz >= from / 2) continue;
      const out = resample(sinusoid(hz, from, from / 2, 1, 1), from, to).subarray(edge(from, to), -edge(from, to));
      expect(decibels(rms(out) / Math.SQRT1_2), `${hz} Hz`).toBeLessThan(-95);
    }
  });

  it('keeps a constant', () => {
    const out = resample(new Float32Array(from / 4).fill(0.5), from, to).subarray(edge(from, to), -edge(from, to));
    for (const value of out) expect(Math.abs(value - 0.5)).toBeLessThan(5e-5);
  });
});

describe('resample', () => {
  it('gives ceil(n * to / from) samples', () => {
    fc.assert(
      fc.property(anyRate, anyRate, fc.nat({ max: 3000 }), (from, to, length) => {
        expect(resample(new Float32Array(length), from, to)).toHaveLength(Math.ceil((length * to) / from));
      }),
    );
    expect(resample(new Float32Array(160), 16_000, 8000)).toHaveLength(80);
    expect(resample(new Float32Array(161), 16_000, 8000)).toHaveLength(81);
    expect(resample(new Float32Array(441), 44_100, 16_000)).toHaveLength(160);
  });

  it('puts output j at input j * from / to', () => {
    // An impulse's answer is symmetric about it.
    const impulse = new Float32Array(201);
    impulse[100] = 1;
    const out = resample(impulse, 8000, 16_000);
    expect(Math.max(...out)).toBe(out[200]);
    for (let k = 1; k < 60; k++) expect(out[200 + k]).toBeCloseTo(out[200 - k], 9);
  });

  it('leaves samples at the wanted rate as they are', () => {
    const samples = sinusoid(440, 16_000, 100);
    expect(resample(samples, 16_000, 16_000)).toEqual(samples);
  });

  it('is linear', () => {
    const [a, b] = [sinusoid(300, 44_100, 2000, 0.3), sinusoid(5000, 44_100, 2000, 0.5, 2)];
    const sum = resample(
      a.map((v, i) => v + b[i]),
      44_100,
      16_000,
    );
    const [outA, outB] = [resample(a, 44_100, 16_000), resample(b, 44_100, 16_000)];
    for (let i = 0; i < sum.length; i++) expect(sum[i]).toBeCloseTo(outA[i] + outB[i], 5);
  });

  it('gives silence for silence and nothing for nothing', () => {
    expect(resample(new Float32Array(500), 48_000, 16_000)).toEqual(new Float32Array(167));
    expect(resample(new Float32Array(0), 48_000, 16_000)).toHaveLength(0);
  });

  it.each([0, -16_000, LOWEST_RATE - 1, HIGHEST_RATE + 1, 16_000.5, Number.NaN, Number.POSITIVE_INFINITY])(
    'refuses the rate %d, on either side',
    (rate) => {
      const refused = expect.objectContaining({
        code: 'AUR_AUDIO_RATE',
        message: `sample rate ${rate}: expected a whole number of Hz from 1000 to 768000`,
      });
      expect(() => resample(new Float32Array(1), rate, 16_000)).toThrow(refused);
      expect(() => new StreamingResampler(16_000, rate)).toThrow(refused);
    },
  );

  it('takes the lowest and the highest rate', () => {
    expect(resample(sinusoid(100, LOWEST_RATE, 10), LOWEST_RATE, 16_000)).toHaveLength(160);
    expect(resample(sinusoid(100, HIGHEST_RATE, 480), HIGHEST_RATE, 16_000)).toHaveLength(10);
  });
});

describe('StreamingResampler', () => {
  it('gives bit-identical samples for any rates and any cutting', () => {
    const anySizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 500 })), {
      minLength: 1,
      maxLength: 20,
    });
    fc.assert(
      fc.property(anyRate, anyRate, anySamples(1000), anySizes, (from, to, samples, sizes) => {
        expect(stream(samples, from, to, sizes)).toEqual(resample(samples, from, to));
      }),
      { numRuns: 150 },
    );
  });

  it('owes no more than half its filter, which flush pays', () => {
    for (const [from, to] of RATES) {
      const resampler = new StreamingResampler(from, to);
      const given = Math.round(from / 10);
      const early = resampler.push(new Float32Array(given)).length;
      const late = resampler.flush().length;
      expect(early + late).toBe(Math.ceil((given * to) / from));
      expect(late).toBeGreaterThan(0);
      expect(late).toBeLessThanOrEqual(edge(from, to));
    }
  });

  it('is as new after flush', () => {
    const resampler = new StreamingResampler(44_100, 16_000);
    const samples = sinusoid(440, 44_100, 1000);
    const once = [...resampler.push(samples), ...resampler.flush()];
    expect([...resampler.push(samples), ...resampler.flush()]).toEqual(once);
    expect(resampler.flush()).toHaveLength(0);
  });

  it('keeps streams apart that are pushed in turns', () => {
    const inputs = [sinusoid(440, 48_000, 3000), sinusoid(2000, 48_000, 3000, 0.7)];
    const streams = inputs.map(() => new StreamingResampler(48_000, 16_000));
    const outputs: number[][] = [[], []];
    for (let at = 0; at < 3000; at += 500)
      for (const [i, input] of inputs.entries()) outputs[i].push(...streams[i].push(input.subarray(at, at + 500)));
    for (const [i, input] of inputs.entries())
      expect(Float32Array.from([...outputs[i], ...streams[i].flush()])).toEqual(resample(input, 48_000, 16_000));
  });

  it('does not change or keep the samples it is given', () => {
    const samples = sinusoid(440, 44_100, 1000);
    const copy = samples.slice();
    const resampler = new StreamingResampler(44_100, 16_000);
    const head = resampler.push(samples);
    expect(samples).toEqual(copy);
    samples.fill(0);
    expect(Float32Array.from([...head, ...resampler.flush()])).toEqual(resample(copy, 44_100, 16_000));
  });
});
