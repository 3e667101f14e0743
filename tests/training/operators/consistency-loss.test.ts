import { consistencyLoss } from '@auricle/training/operators/consistency-loss';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { type Body, floats, type Input, relativeDifference, runOnCpu, runTraced } from '../tracing/compare.js';

const [batch, frames, vocabulary] = [2, 5, 4];
const inputs: Record<string, Input> = {
  logits: {
    ...floats([2 * batch, frames, vocabulary], 3),
    values: (floats([2 * batch, frames, vocabulary], 3).values as Float32Array).map((v) => 4 * v),
  },
  mask: { shape: [batch, frames], type: 'float32', values: Float32Array.of(1, 1, 1, 1, 1, 1, 1, 0, 0, 0) },
};
const ours: Body = (t) => {
  const { value, grad } = tf.valueAndGrad((x) => consistencyLoss(x as tf.Tensor3D, t.mask as tf.Tensor2D))(
    t.logits,
  ) as unknown as { value: tf.Tensor; grad: tf.Tensor };
  return { value, gradient: grad };
};

/** KL(target || softmax(logits)) of the frames that count, by TF.js's own operators. */
const divergenceFrom = (target: tf.Tensor, logits: tf.Tensor, mask: tf.Tensor) =>
  tf.sum<tf.Scalar>(
    tf.mul(tf.sum(tf.mul(target, tf.sub(tf.log(target), tf.logSoftmax(logits as tf.Tensor3D))), 2), mask),
  );

describe('consistencyLoss', () => {
  it('is the divergence of each view from the other, taken as given, in value and gradient', async () => {
    const reference = await runOnCpu(inputs, ({ logits, mask }) => {
      const [a, b] = tf.split(logits, 2, 0);
      const [pA, pB] = [tf.softmax(a), tf.softmax(b)];
      const of = (target: tf.Tensor, view: tf.Tensor) =>
        tf.valueAndGrad((x) => divergenceFrom(target, x, mask))(view) as unknown as {
          value: tf.Tensor;
          grad: tf.Tensor;
        };
      const [first, second] = [of(pB, a), of(pA, b)];
      return { value: tf.add(first.value, second.value), gradient: tf.concat([first.grad, second.grad], 0) };
    });
    expect(reference.value.values[0]).toBeGreaterThan(1);
    expect(relativeDifference(await runOnCpu(inputs, ours), reference)).toBeLessThanOrEqual(1e-5);
    expect(relativeDifference(await runTraced(inputs, ours), reference)).toBeLessThanOrEqual(1e-5);
  });

  it('is nothing between equal views, and lets masked frames alone', async () => {
    const half = (inputs.logits.values as Float32Array).slice(0, batch * frames * vocabulary);
    const equal = { ...inputs, logits: { ...inputs.logits, values: Float32Array.of(...half, ...half) } };
    const { value, gradient } = await runTraced(equal, ours);
    expect(value.values[0]).toBe(0);
    expect(gradient.values.every((v) => v === 0)).toBe(true);
    const apart = (await runTraced(inputs, ours)).gradient.values;
    const rowSize = frames * vocabulary;
    for (const row of [1, 3])
      expect(apart.subarray(row * rowSize + 2 * vocabulary, (row + 1) * rowSize).every((v) => v === 0)).toBe(true);
    expect(apart.subarray(rowSize, rowSize + 2 * vocabulary).every((v) => v !== 0)).toBe(true);
  });
});
