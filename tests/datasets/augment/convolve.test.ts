import { convolve } from '@auricle/datasets';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gaussian } from './signals.js';

/** By the definition. */
function naive(signal: Float32Array, response: Float32Array): number[] {
  const out = new Array<number>(signal.length + response.length - 1).fill(0);
  signal.forEach((value, i) => {
    response.forEach((factor, j) => {
      out[i + j] += value * factor;
    });
  });
  return out;
}

function expectClose(seen: Float32Array, expected: readonly number[]): void {
  expect(seen).toHaveLength(expected.length);
  const worst = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - seen[i])), 0);
  expect(worst).toBeLessThan(1e-6);
}

describe('convolve', () => {
  it.each([
    [1, 1],
    [1, 5],
    [5, 1],
    [2, 3],
    [1000, 7],
    // Several pairs of blocks, the last of them cut.
    [5000, 100],
    [6143, 300],
    [300, 2000],
  ])('equals the naive sum for %i samples and a response of %i', (samples, taps) => {
    const signal = gaussian(samples, 1);
    const response = gaussian(taps, 2);
    expectClose(convolve(signal, response), naive(signal, response));
  });

  it('gives any part of it', () => {
    const [signal, response] = [gaussian(4000, 1), gaussian(90, 2)];
    const whole = naive(signal, response);
    fc.assert(
      fc.property(fc.nat(whole.length), fc.nat(5000), (from, length) => {
        const expected = Array.from({ length }, (_, i) => whole[from + i] ?? 0);
        expectClose(convolve(signal, response, from, length), expected);
      }),
      { numRuns: 30 },
    );
  });

  it('is nothing where there is nothing', () => {
    expect([...convolve(new Float32Array(0), Float32Array.of(1), 0, 2)]).toEqual([0, 0]);
    expect([...convolve(Float32Array.of(1), new Float32Array(0), 0, 2)]).toEqual([0, 0]);
    expect(convolve(new Float32Array(0), new Float32Array(0))).toHaveLength(0);
  });
});
