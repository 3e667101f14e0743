import { logs } from '@auricle/audio/fast-log';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

function logsOf(values: Float32Array): Float32Array {
  const out = new Float32Array(values.length);
  logs(new Int32Array(values.buffer), out, 0);
  return out;
}

describe('logs', () => {
  it('lies within 2e-7 of the logarithm and what float32 rounds off it', () => {
    const normal = fc.float({ min: 2 ** -126, noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(fc.array(normal, { maxLength: 50 }), (values) => {
        for (const [i, log] of logsOf(Float32Array.from(values)).entries())
          expect(Math.abs(log - Math.log(values[i]))).toBeLessThanOrEqual(2e-7 + 2 ** -24 * Math.abs(log));
      }),
      { numRuns: 500 },
    );
  });

  it('does so for every mantissa of the last bits', () => {
    const values = Float32Array.from({ length: 2 ** 16 }, (_, i) => 1 + i * 2 ** -16);
    const error = logsOf(values).map((log, i) => Math.abs(log - Math.log(values[i])));
    expect(error.reduce((a, b) => Math.max(a, b))).toBeLessThanOrEqual(2e-7);
  });

  it('is exact for powers of two, so that silence has the floor of every other implementation', () => {
    const powers = Float32Array.from({ length: 254 }, (_, i) => 2 ** (i - 126));
    expect(logsOf(powers)).toEqual(powers.map(Math.log));
  });

  it('writes behind what is there', () => {
    const out = new Float32Array(4).fill(7);
    logs(new Int32Array(Float32Array.of(1, 2).buffer), out, 1);
    expect(out).toEqual(Float32Array.of(7, 0, Math.LN2, 7));
  });
});
