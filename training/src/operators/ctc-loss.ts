/** Logits and label sequences go in, the CTC loss of each utterance comes out, with its gradient written by hand. */
import * as tf from '@tensorflow/tfjs';
import { ctcForwardBackward } from './ctc-forward-backward.js';
import { inTidy } from './tidy-gradient.js';

/** Name of the TF.js kernel; the tracing backend's implementation is in `tracing/kernels/ctc-loss.ts`. */
export const CTC_KERNEL = 'CTCLoss';

/** Inputs of the kernel; it returns `losses` [batch] and `gradient` [batch, frames, vocabulary]. */
export interface CtcInputs<T extends tf.TensorInfo = tf.TensorInfo> {
  logits: T;
  labels: T;
  labelLengths: T;
  frameLengths: T;
}

tf.registerKernel({
  kernelName: CTC_KERNEL,
  backendName: 'cpu',
  kernelFunc: ({ inputs, attrs }) => {
    const { logits, labels, labelLengths, frameLengths } = inputs as unknown as CtcInputs<tf.Tensor>;
    const { losses, gradient } = ctcForwardBackward(
      logits.dataSync() as Float32Array,
      logits.shape as [number, number, number],
      labels.dataSync() as Int32Array,
      labelLengths.dataSync() as Int32Array,
      frameLengths.dataSync() as Int32Array,
      (attrs as unknown as { blank: number }).blank,
    );
    return [tf.tensor(losses, [logits.shape[0]]), tf.tensor(gradient, logits.shape)];
  },
});

/** Connectionist temporal classification (Graves et al. 2006): -ln of the summed probability of all paths that collapse to the labels.
 *  Only `logits` has a gradient.
 *  @param logits [batch, frames, vocabulary], before the softmax
 *  @param labels int32 [batch, slots], padded with anything
 *  @param labelLengths int32 [batch]
 *  @param frameLengths int32 [batch]; frames beyond do not count
 *  @returns [batch] in nats; +Infinity, with a gradient of 0, where the labels do not fit the frames; 0 for an empty row */
export function ctcLoss(
  logits: tf.Tensor3D,
  labels: tf.Tensor2D,
  labelLengths: tf.Tensor1D,
  frameLengths: tf.Tensor1D,
  blank: number,
): tf.Tensor1D {
  const lossOf = tf.customGrad((input, save) => {
    const inputs: CtcInputs<tf.Tensor> = { logits: input as tf.Tensor, labels, labelLengths, frameLengths };
    const [losses, gradient] = tf.engine().runKernel(CTC_KERNEL, { ...inputs }, { blank }) as unknown as tf.Tensor[];
    (save as tf.GradSaveFunc)([gradient]);
    return {
      value: losses,
      gradFunc: inTidy((dy, [gradient]) => tf.mul(gradient, tf.reshape(dy, [-1, 1, 1]))),
    };
  });
  return lossOf(logits) as tf.Tensor1D;
}
