import { Random } from '@auricle/datasets';
import { modelConfigSchema, type Regularisation } from '@auricle/training';
import { branchDropout, drawNoise, keepAll, noiseLength } from '@auricle/training/model/residual-dropout';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';

const config = modelConfigSchema.parse({ width: 64, blocks: 4, heads: 4 });
const extent = { batch: 40, length: 25 };
const rows = extent.batch * extent.length;

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** What becomes of ones in the first branches of a block, [branches][rows · width]. */
function branchesOf(regularisation: Regularisation, block: number, seed = 1, of = extent): Float32Array[] {
  const noise = tf.tensor(drawNoise(new Random(seed), config, of, regularisation));
  const dropout = branchDropout(config, regularisation, noise, block, of);
  const ones = tf.ones([of.batch * of.length, config.width]) as tf.Tensor2D;
  return [dropout(ones), dropout(ones)].map((branch) => branch.dataSync() as Float32Array);
}
const share = (values: Float32Array, of: (v: number, i: number) => boolean) => values.filter(of).length / values.length;

describe('branchDropout', () => {
  it('drops the share it is told and scales the rest, so that the mean stays', () => {
    const [first] = branchesOf({ dropout: 0.2, stochasticDepth: 0 }, 1);
    // 64,000 values that are independent only in pairs: five deviations.
    expect(Math.abs(share(first, (v) => v === 0) - 0.2)).toBeLessThan(0.008);
    expect(new Set(first)).toEqual(new Set([0, Math.fround(1.25)]));
  });

  it('drops values that have nothing to do with each other: in a frame, in a channel, in two branches, in two steps', () => {
    const [first, second] = branchesOf({ dropout: 0.5, stochasticDepth: 0 }, 2);
    const [other] = branchesOf({ dropout: 0.5, stochasticDepth: 0 }, 2, 2);
    const bothKept = (a: Float32Array, b: Float32Array, shift: number) =>
      share(a, (v, i) => v > 0 && b[(i + shift) % b.length] > 0);
    const pairs = [
      bothKept(first, first, 1),
      bothKept(first, first, config.width),
      bothKept(first, first, config.width + 1),
      bothKept(first, second, 0),
      bothKept(first, other, 0),
    ];
    for (const kept of pairs) expect(Math.abs(kept - 0.25)).toBeLessThan(0.03);
  });

  it('lets utterances pass deeper blocks by more often, whole and in all branches', () => {
    const short = { ...extent, length: 2 };
    const depths = Array.from({ length: config.blocks }, (_, block) => {
      const regularisation = { dropout: 0, stochasticDepth: 0.4 };
      const skippedBy = Array.from({ length: 20 }, (_, seed) => {
        const [first, second] = branchesOf(regularisation, block, seed, short);
        const size = short.length * config.width;
        return Array.from({ length: extent.batch }, (_, b) => {
          const row = first.subarray(b * size, (b + 1) * size);
          expect(new Set(row).size).toBe(1);
          expect(second.subarray(b * size, (b + 1) * size)).toEqual(row);
          return row[0] === 0 ? 1 : 0;
        });
      }).flat();
      return skippedBy.reduce<number>((a, b) => a + b, 0) / skippedBy.length;
    });
    // 800 utterances each: five deviations.
    [0.1, 0.2, 0.3, 0.4].forEach((expected, block) => {
      expect(Math.abs(depths[block] - expected), `block ${block}`).toBeLessThan(0.09);
    });
  });

  it('passes gradients where it passes values', () => {
    const regularisation = { dropout: 0.3, stochasticDepth: 0.2 };
    const noise = tf.tensor(drawNoise(new Random(3), config, extent, regularisation));
    const run = (x: tf.Tensor) => branchDropout(config, regularisation, noise, 0, extent)(x as tf.Tensor2D);
    const x = tf.ones([rows, config.width]);
    const gradient = tf
      .grad((of) => tf.sum(run(of)))(x)
      .dataSync();
    expect(gradient).toEqual(run(x).dataSync());
  });

  it('does nothing without dropout and stochastic depth', () => {
    const none = { dropout: 0, stochasticDepth: 0 };
    expect(branchDropout(config, none, tf.zeros([1]), 0, extent)).toBe(keepAll);
  });

  it('takes all the noise that is drawn and no more', () => {
    const noise = drawNoise(new Random(1), config, extent, { dropout: 0.5, stochasticDepth: 0 });
    expect(noise.length).toBe(noiseLength(config, extent));
    const last = branchDropout(config, { dropout: 0.5, stochasticDepth: 0 }, tf.tensor(noise), 3, extent);
    for (let branch = 0; branch < 4; branch++) last(tf.ones([rows, config.width]));
    expect(() => last(tf.ones([rows, config.width]))).toThrow();
  });
});
