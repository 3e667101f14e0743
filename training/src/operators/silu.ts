/** x goes in, x·sigmoid(x) comes out. */
import * as tf from '@tensorflow/tfjs';
import { emit } from '../tracing/backend.js';
import { registerTraced } from '../tracing/kernels/register.js';
import { registerComposed } from './composed.js';
import { inTidy } from './tidy-gradient.js';

const KERNEL = 'SiLU';

registerTraced<{ x: tf.TensorInfo }>(KERNEL, ({ x }) =>
  emit('QuickGelu', [x], x.shape, 'float32', { alpha: { float: 1 } }, 'com.microsoft'),
);

registerComposed<{ x: tf.Tensor }>(KERNEL, ({ x }) => tf.mul(x, tf.sigmoid(x)));

/** SiLU (Elfwing et al. 2018), elementwise; its derivative is s + y·(1 - s) with s = sigmoid(x). */
export const silu = tf.customGrad((input, save) => {
  const x = input as tf.Tensor;
  const value = tf.engine().runKernel(KERNEL, { x }) as tf.Tensor;
  (save as tf.GradSaveFunc)([x, value]);
  return {
    value,
    gradFunc: inTidy((dy, [x, y]) => {
      const s = tf.sigmoid(x);
      return tf.mul(dy, tf.add(s, tf.sub(y, tf.mul(y, s))));
    }),
  };
}) as (x: tf.Tensor) => tf.Tensor;
