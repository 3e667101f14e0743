/** A residual branch and random numbers go in, the branch with dropout and stochastic depth comes out. */
import type { Random } from '@auricle/datasets';
import * as tf from '@tensorflow/tfjs';
import { inTidy } from '../operators/tidy-gradient.js';
import type { ModelConfig } from './config.js';

export interface Regularisation {
  /** Share of a residual branch's values that become 0 (Srivastava et al. 2014). */
  dropout: number;
  /** Probability that an utterance passes the last block by; it grows in a line with the depth (Huang et al. 2016, eq. 4). */
  stochasticDepth: number;
}

/** Residual branches of a block: two feed-forward layers, attention, convolution. */
const BRANCHES = 4;
/** No fraction reaches it. */
const DROP_ALL = 2;

interface Extent {
  batch: number;
  /** encoder frames */
  length: number;
}

/** Random numbers that a step of a padded batch needs. */
export function noiseLength({ blocks, width }: ModelConfig, { batch, length }: Extent): number {
  return blocks * (batch + BRANCHES * (batch * length + width));
}

const skipProbability = ({ stochasticDepth }: Regularisation, { blocks }: ModelConfig, block: number) =>
  (stochasticDepth * (block + 1)) / blocks;

/** @returns [noiseLength]: for each block a threshold an utterance, then for each branch a number in [0, 1) a frame and one a channel */
export function drawNoise(
  random: Random,
  config: ModelConfig,
  extent: Extent,
  regularisation: Regularisation,
): Float32Array {
  const noise = new Float32Array(noiseLength(config, extent));
  let at = 0;
  for (let block = 0; block < config.blocks; block++) {
    const skipped = skipProbability(regularisation, config, block);
    for (let b = 0; b < extent.batch; b++) noise[at++] = random.uniform() < skipped ? DROP_ALL : regularisation.dropout;
    const numbers = BRANCHES * (extent.batch * extent.length + config.width);
    for (let i = 0; i < numbers; i++) noise[at++] = random.uniform();
  }
  return noise;
}

/** Passes each residual branch of a block, given as [batch · length, width] in a fixed order. */
export type BranchDropout = (x: tf.Tensor2D) => tf.Tensor2D;

export const keepAll: BranchDropout = (x) => x;

/** A value is kept where frac(u + v) reaches the utterance's threshold, for u a number of its frame and v one of its channel: any two
 *  values are then kept or not independently of each other, and a step needs few random numbers.
 *  @param noise as `drawNoise` makes it */
export function branchDropout(
  config: ModelConfig,
  regularisation: Regularisation,
  noise: tf.Tensor,
  block: number,
  { batch, length }: Extent,
): BranchDropout {
  const { dropout } = regularisation;
  const skipped = skipProbability(regularisation, config, block);
  if (dropout === 0 && skipped === 0) return keepAll;
  const scale = 1 / ((1 - dropout) * (1 - skipped));
  let at = block * (noiseLength(config, { batch, length }) / config.blocks);
  const take = (shape: number[]) => {
    const size = shape.reduce((a, b) => a * b, 1);
    at += size;
    return tf.reshape(tf.slice(noise, [at - size], [size]), shape);
  };
  const threshold = take([batch, 1, 1]);
  return (x) => {
    const sum = tf.add(take([batch, length, 1]), take([1, 1, config.width]));
    const kept = tf.greaterEqual(tf.sub(sum, tf.floor(sum)), threshold);
    return keepWhere(x, tf.reshape(kept, x.shape), scale);
  };
}

function keepWhere(x: tf.Tensor2D, kept: tf.Tensor, scale: number): tf.Tensor2D {
  const scaled = (t: tf.Tensor, kept: tf.Tensor) => tf.where(kept, tf.mul(t, scale), tf.scalar(0));
  const operator = tf.customGrad((input, save) => {
    // Saved: TF.js disposes of everything else between the two passes.
    (save as tf.GradSaveFunc)([kept]);
    return {
      value: scaled(input as tf.Tensor, kept),
      gradFunc: inTidy((dy, [kept]) => scaled(dy, kept)),
    };
  });
  return operator(x) as tf.Tensor2D;
}
