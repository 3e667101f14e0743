/** Frames with their past and a filter a channel go in, the causal depthwise convolution comes out. */
import * as tf from '@tensorflow/tfjs';
import { currentTape, emit } from '../tracing/backend.js';
import { registerTraced } from '../tracing/kernels/register.js';
import { registerComposed } from './composed.js';
import { inTidy } from './tidy-gradient.js';

const KERNEL = 'DepthwiseConv1d';

/** Up to this many output frames (a serving chunk) shifted multiply-adds beat transposing to ONNX's channel-first `Conv`. */
const LONGEST_CHUNK = 32;

registerTraced<{ x: tf.TensorInfo; filter: tf.TensorInfo }>(KERNEL, ({ x, filter }) => {
  const [batch, padded, channels] = x.shape;
  const taps = filter.shape[0];
  const frames = padded - taps + 1;
  if (frames <= LONGEST_CHUNK) return shiftedSums(x as tf.Tensor3D, filter as tf.Tensor2D);
  const channelFirst = emit('Transpose', [x], [batch, channels, padded], 'float32', { perm: { ints: [0, 2, 1] } });
  const weights = emit('Transpose', [filter], [channels, taps], 'float32', { perm: { ints: [1, 0] } });
  const shape = [channels, 1, taps];
  const kernel = emit('Reshape', [weights, currentTape().indices(shape)], shape, 'float32');
  const result = emit('Conv', [channelFirst, kernel], [batch, channels, frames], 'float32', {
    group: { int: channels },
  });
  return emit('Transpose', [result], [batch, frames, channels], 'float32', { perm: { ints: [0, 2, 1] } });
});

registerComposed<{ x: tf.Tensor3D; filter: tf.Tensor2D }>(KERNEL, ({ x, filter }) => shiftedSums(x, filter));

function shiftedSums(x: tf.Tensor3D, filter: tf.Tensor2D): tf.Tensor {
  const [batch, padded, channels] = x.shape;
  const taps = filter.shape[0];
  const frames = padded - taps + 1;
  const terms = Array.from({ length: taps }, (_, k) =>
    tf.mul(tf.slice(x, [0, k, 0], [batch, frames, channels]), tf.slice(filter, [k, 0], [1, channels])),
  );
  return terms.reduce((sum, term) => tf.add(sum, term));
}

/** y[b, t, c] = sum over k of filter[k, c] · x[b, t + k, c].
 *  @param x [batch, frames + taps - 1, channels]: the first taps - 1 frames are the past
 *  @param filter [taps, channels]
 *  @returns [batch, frames, channels] */
export function depthwiseConv(x: tf.Tensor3D, filter: tf.Tensor2D): tf.Tensor3D {
  return convolve(x, filter);
}

const convolve = tf.customGrad((input, weights, save) => {
  const [x, filter] = [input, weights] as [tf.Tensor3D, tf.Tensor2D];
  (save as tf.GradSaveFunc)([x, filter]);
  return {
    value: tf.engine().runKernel(KERNEL, { x, filter }) as tf.Tensor,
    gradFunc: inTidy((dy, [x, filter]) => {
      const [batch, frames, channels] = dy.shape as [number, number, number];
      const taps = filter.shape[0];
      const padded = tf.pad(dy as tf.Tensor3D, [
        [0, 0],
        [taps - 1, taps - 1],
        [0, 0],
      ]);
      const flipped = tf.concat(
        Array.from({ length: taps }, (_, k) => tf.slice(filter, [taps - 1 - k, 0], [1, channels])),
        0,
      );
      const filterRows = Array.from({ length: taps }, (_, k) =>
        tf.reshape(tf.sum(tf.mul(tf.slice(x, [0, k, 0], [batch, frames, channels]), dy), [0, 1]), [1, channels]),
      );
      return [tf.engine().runKernel(KERNEL, { x: padded, filter: flipped }) as tf.Tensor, tf.concat(filterRows, 0)];
    }),
  };
}) as (x: tf.Tensor, filter: tf.Tensor) => tf.Tensor3D;
