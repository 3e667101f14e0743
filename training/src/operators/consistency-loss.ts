/** Logits of two views of the same utterances go in, how far their distributions are apart comes out. */
import * as tf from '@tensorflow/tfjs';
import { inTidy } from './tidy-gradient.js';

/** Consistency regularisation of CTC (Yao et al. 2024, eq. 5): at each frame the divergence of each view from the other, which is taken
 *  as given: KL(b || a) + KL(a || b), summed over the frames. Each view is drawn towards the other's distribution by p_a - p_b.
 *  @param logits [2 · batch, frames, vocabulary]: all first views, then all second ones
 *  @param mask [batch, frames]: 1 where a frame counts, else 0
 *  @returns a scalar in nats */
export function consistencyLoss(logits: tf.Tensor3D, mask: tf.Tensor2D): tf.Scalar {
  const counted = tf.expandDims(mask, 2);
  const lossOf = tf.customGrad((input, save) => {
    const logProbs = tf.logSoftmax(input as tf.Tensor3D);
    const [logA, logB] = tf.split(logProbs, 2, 0);
    const difference = tf.mul(tf.sub(tf.exp(logA), tf.exp(logB)), counted);
    (save as tf.GradSaveFunc)([difference]);
    return {
      value: tf.sum(tf.mul(difference, tf.sub(logA, logB))),
      gradFunc: inTidy((dy, [difference]) => tf.mul(tf.concat([difference, tf.neg(difference)], 0), dy)),
    };
  });
  return lossOf(logits) as tf.Scalar;
}
