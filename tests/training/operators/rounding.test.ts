import { roundActivation, roundColumns } from '@auricle/training/operators/rounding';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { floats, relativeDifference, runOnCpu, runTraced } from '../tracing/compare.js';

beforeAll(() => tf.setBackend('cpu'));

describe('activations rounded to 8 bits', () => {
  // 255 steps of 1/85 with 5 % of headroom.
  const range: [number, number] = [-1 / 1.05, 2 / 1.05];

  it('are the nearest of 256 values, zero among them, the outermost for all beyond', async () => {
    const x = [-5, -1, -0.4, 0, 0.006, 1, 1.99, 2, 7];
    const y = [...(await roundActivation(tf.tensor1d(x), range).data())];
    for (const [i, rounded] of y.entries()) {
      const integer = rounded * 85;
      expect(Math.abs(integer - Math.round(integer))).toBeLessThan(1e-4);
      expect(Math.abs(rounded - Math.min(2, Math.max(-1, x[i])))).toBeLessThanOrEqual(0.5 / 85 + 1e-6);
    }
    expect(y[3]).toBe(0);
  });

  it('pass the gradient on within the range, and none beyond', async () => {
    const gradient = tf.grad((x) => roundActivation(x, range).mul(tf.tensor1d([1, 2, 3, 4])))(
      tf.tensor1d([-1.5, -0.99, 1.99, 2.5]),
    );
    expect([...(await gradient.data())]).toEqual([0, 2, 3, 0]);
  });
});

describe('columns of a matrix rounded to 8 bits', () => {
  it('have 255 values each, up to their own greatest magnitude', async () => {
    const w = tf.tensor2d([
      [1, -0.5, 0],
      [-0.3, 100, 0],
      [0.001, 40, 0],
    ]);
    const rounded = await roundColumns(w).array();
    const expected = [
      [1, (-1 / 127) * 100, 0],
      [-38 / 127, 100, 0],
      [0, (51 / 127) * 100, 0],
    ];
    for (const [i, row] of rounded.entries())
      for (const [j, v] of row.entries()) expect(v).toBeCloseTo(expected[i][j], 4);
  });

  it('pass the gradient on', async () => {
    const gradient = tf.grad((w) => roundColumns(w).square())(tf.tensor2d([[0.5], [-2]]));
    const rounded = await roundColumns(tf.tensor2d([[0.5], [-2]])).data();
    expect([...(await gradient.data())]).toEqual([...rounded].map((v) => 2 * v));
  });
});

describe('rounding', () => {
  it('is traced to the same values', async () => {
    const inputs = { x: floats([7, 12], 1), w: floats([12, 5], 2) };
    const body = ({ x, w }: Record<string, tf.Tensor>) => ({
      y: roundActivation(x, [-0.7, 0.6]),
      v: roundColumns(w),
    });
    expect(relativeDifference(await runTraced(inputs, body), await runOnCpu(inputs, body))).toBeLessThan(1e-6);
  });
});
