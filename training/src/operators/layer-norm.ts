/** Rows go in, rows of mean 0 and variance 1 come out (layer normalisation without gain and bias). */
import * as tf from '@tensorflow/tfjs';
import { currentTape, emitMany } from '../tracing/backend.js';
import { registerTraced } from '../tracing/kernels/register.js';
import { registerComposed } from './composed.js';
import { inTidy } from './tidy-gradient.js';

const EPSILON = 1e-5;
const KERNEL = 'LayerNorm';

registerTraced<{ x: tf.TensorInfo }>(KERNEL, ({ x }) => {
  const size = x.shape[x.shape.length - 1];
  const tape = currentTape();
  const gain = tape.constant({
    name: `ones[${size}]`,
    shape: [size],
    type: 'float32',
    values: new Float32Array(size).fill(1),
  });
  const rows = x.shape.with(-1, 1);
  const [normal, , inverseDeviation] = emitMany(
    'LayerNormalization',
    [x, gain],
    [x.shape, rows, rows].map((shape) => ({ shape, type: 'float32' as const })),
    { axis: { int: -1 }, epsilon: { float: EPSILON } },
  );
  return [normal, inverseDeviation];
});

registerComposed<{ x: tf.Tensor }>(KERNEL, ({ x }) => {
  const centred = tf.sub(x, tf.mean(x, -1, true));
  const inverseDeviation = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), EPSILON));
  return [tf.mul(centred, inverseDeviation), inverseDeviation];
});

/** Layer normalisation over the last axis (Ba et al. 2016, eq. 3-4, epsilon 1e-5), without the affine part: a linear layer follows
 *  wherever it is used here, and holds the same freedom (Xu et al. 2019 find no loss).
 *  @param x [..., features]
 *  @returns the shape of `x` */
export const layerNorm = tf.customGrad((input, save) => {
  const x = input as tf.Tensor;
  const [normal, inverseDeviation] = tf.engine().runKernel(KERNEL, { x }) as unknown as tf.Tensor[];
  (save as tf.GradSaveFunc)([normal, inverseDeviation]);
  return {
    value: normal,
    gradFunc: inTidy((dy, [y, scale]) => {
      const along = tf.mul(y, tf.mean(tf.mul(dy, y), -1, true));
      return tf.mul(tf.sub(tf.sub(dy, tf.mean(dy, -1, true)), along), scale);
    }),
  };
}) as (x: tf.Tensor) => tf.Tensor;
