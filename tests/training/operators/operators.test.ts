import { depthwiseConv } from '@auricle/training/operators/depthwise-conv';
import { layerNorm } from '@auricle/training/operators/layer-norm';
import { silu } from '@auricle/training/operators/silu';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { type Body, floats, type Input, noise, relativeDifference, runOnCpu, runTraced } from '../tracing/compare.js';

type Case = [name: string, inputs: Record<string, Input>, apply: (t: Record<string, tf.Tensor>) => tf.Tensor];

const convolution = (frames: number): Record<string, Input> => ({
  x: floats([2, frames + 4, 6], 1),
  filter: floats([5, 6], 2),
});
const convolve: Case[2] = ({ x, filter }) => depthwiseConv(x as tf.Tensor3D, filter as tf.Tensor2D);
const cases: Case[] = [
  ['layerNorm', { x: floats([3, 5, 16]) }, ({ x }) => layerNorm(x)],
  ['silu', { x: floats([4, 9]) }, ({ x }) => silu(tf.mul(x, 4))],
  ['depthwiseConv of a serving chunk', convolution(8), convolve],
  ['depthwiseConv of an utterance', convolution(50), convolve],
];

/** The same mathematics from TF.js's own operators, with TF.js's own gradients. */
const plain: Record<string, Case[2]> = {
  layerNorm: ({ x }) => {
    const centred = tf.sub(x, tf.mean(x, -1, true));
    return tf.div(centred, tf.sqrt(tf.add(tf.mean(tf.square(centred), -1, true), 1e-5)));
  },
  silu: ({ x }) => tf.mul(tf.mul(x, 4), tf.sigmoid(tf.mul(x, 4))),
  depthwiseConv: ({ x, filter }) => {
    const [taps, channels] = filter.shape;
    const image = tf.reshape(x, [x.shape[0], x.shape[1]!, 1, channels!]) as tf.Tensor4D;
    const result = tf.depthwiseConv2d(image, tf.reshape(filter, [taps, 1, channels!, 1]) as tf.Tensor4D, 1, 'valid');
    return tf.squeeze(result, [2]);
  },
};

/** The value and the gradients of a weighted sum of it, so that each element counts differently. */
const withGradients =
  (apply: Case[2], names: string[]): Body =>
  (t) => {
    const weighted = (...x: tf.Tensor[]) => {
      const y = apply(Object.fromEntries(names.map((n, i) => [n, x[i]])));
      return tf.sum(tf.mul(y, tf.tensor(noise(y.size, 7), y.shape)));
    };
    const gradients = tf.grads(weighted as (...x: tf.Tensor[]) => tf.Tensor)(names.map((n) => t[n]));
    return { value: apply(t), ...Object.fromEntries(names.map((n, i) => [`d ${n}`, gradients[i]])) };
  };

describe('operators with hand-written gradients', () => {
  it.each(cases)('%s equals TF.js, value and gradients, traced and on the CPU backend', async (name, inputs, apply) => {
    const names = Object.keys(inputs);
    const reference = await runOnCpu(inputs, withGradients(plain[name.split(' ')[0]], names));
    expect(relativeDifference(await runOnCpu(inputs, withGradients(apply, names)), reference)).toBeLessThanOrEqual(
      1e-4,
    );
    expect(relativeDifference(await runTraced(inputs, withGradients(apply, names)), reference)).toBeLessThanOrEqual(
      1e-4,
    );
  });
});
