/** Values go in, what 8-bit integers leave of them comes out: the rounding of static int8 within a float graph, with gradients that pass through it. */
import { activationIntegers, FULL_RANGE, type Range } from '@auricle/bundle';
import * as tf from '@tensorflow/tfjs';
import { inTidy } from './tidy-gradient.js';

/** The greatest unsigned integer of 8 bits. */
const GREATEST = 255;

/** Activations as `staticInt8` makes integers of them. The gradient passes where a value is in the range (straight-through: Bengio et al. 2013), and
 *  is 0 where it is cut off.
 *  @param range as it was calibrated */
export function roundActivation(x: tf.Tensor, range: Range): tf.Tensor {
  const { step, zero } = activationIntegers(range);
  const operator = tf.customGrad((input, save) => {
    const x = input as tf.Tensor;
    (save as tf.GradSaveFunc)([x]);
    const integers = tf.minimum(tf.maximum(tf.add(tf.round(tf.div(x, step)), zero), 0), GREATEST);
    return {
      value: tf.mul(tf.sub(integers, zero), step),
      gradFunc: inTidy((dy, [x]) => {
        const isIn = tf.logicalAnd(
          tf.greaterEqual(x, (-zero - 0.5) * step),
          tf.lessEqual(x, (GREATEST - zero + 0.5) * step),
        );
        return tf.mul(dy, tf.cast(isIn, 'float32'));
      }),
    };
  });
  return operator(x);
}

/** A matrix as `integerColumns` makes integers of it, a scale for each output; its gradient is that of the matrix. */
export const roundColumns = tf.customGrad((input) => {
  const weight = input as tf.Tensor2D;
  const scale = tf.div(tf.max(tf.abs(weight), 0, true), FULL_RANGE);
  // A column of zeros has no scale.
  const value: tf.Tensor = tf.mul(tf.round(tf.div(weight, tf.maximum(scale, 1e-30))), scale);
  return { value, gradFunc: (dy: tf.Tensor) => dy };
}) as (weight: tf.Tensor) => tf.Tensor2D;
