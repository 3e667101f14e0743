/** What a student and a teacher make of the same frames goes in, how far the student is from the teacher comes out. */
import * as tf from '@tensorflow/tfjs';

/** Kullback-Leibler divergence of the student's distribution from the teacher's (Hinton et al. 2015 at temperature 1), summed over the frames that
 *  count, in nats.
 *  @param student logits [batch, frames, vocabulary]
 *  @param teacher the same of the teacher, through which no gradient goes
 *  @param mask [batch, frames]: 1 for the frames that count, else 0 */
export function logProbLoss(student: tf.Tensor3D, teacher: tf.Tensor3D, mask: tf.Tensor2D): tf.Scalar {
  const wanted = tf.logSoftmax(teacher);
  const apart = tf.mul(tf.exp(wanted), tf.sub(wanted, tf.logSoftmax(student)));
  return tf.sum(tf.mul(tf.sum(apart, 2), mask));
}

/** Mean square of the difference of the residual streams, summed over the frames that count, the mean of the student's blocks. Each is held against
 *  the teacher's block at the same share of the depth. The streams are normalised after each block, so their scale is the same.
 *  @param student after each block [batch · frames, width]
 *  @param teacher the same of the teacher, as wide
 *  @param mask [batch, frames] */
export function hiddenLoss(
  student: readonly tf.Tensor2D[],
  teacher: readonly tf.Tensor2D[],
  mask: tf.Tensor2D,
): tf.Scalar {
  const counted = tf.reshape(mask, [-1]);
  const losses = student.map((of, block) => {
    const wanted = teacher[teacherBlock(block, student.length, teacher.length)];
    return tf.sum<tf.Scalar>(tf.mul(tf.mean(tf.square(tf.sub(of, wanted)), 1), counted));
  });
  return tf.div(
    losses.reduce((a, b) => tf.add(a, b)),
    losses.length,
  );
}

/** The last block of both goes together. */
export const teacherBlock = (block: number, student: number, teacher: number): number =>
  Math.max(0, Math.round(((block + 1) * teacher) / student) - 1);
