import {
  initialState,
  modelConfigSchema,
  parameterSpecs,
  TensorflowEngine,
  type TrainingBatch,
} from '@auricle/training';
import { onTensorflow } from '@auricle/training/engine/tensorflow-package';
import { initialWeights } from '@auricle/training/model/init';
import { ctcLoss } from '@auricle/training/operators/ctc-loss';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { noise } from '../tracing/compare.js';
import { ENGINES } from './engines.js';

const missing = ENGINES.find(({ name }) => name === 'tensorflow on cpu')!.missing;

const spec = {
  config: modelConfigSchema.parse({
    melBins: 8,
    width: 16,
    blocks: 2,
    heads: 2,
    feedForward: 2,
    convolution: 3,
    leftContext: 4,
    intermediate: [1],
    selfConditioned: true,
  }),
  vocabulary: 5,
  features: { mean: new Array<number>(8).fill(0), deviation: new Array<number>(8).fill(1) },
};
const settings = {
  seed: 1,
  optimiser: { beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weightDecay: 0.01, clipNorm: 1, averageDecay: 0.9 },
  loss: { intermediateWeight: 0.3, labelSmoothing: 0.1, consistencyWeight: 0.2, consistencyWarmup: 0 },
  regularisation: { dropout: 0.1, stochasticDepth: 0.1 },
};
const batch = (frames: number): TrainingBatch => ({
  features: noise(2 * frames * 8, 3),
  frameLengths: Int32Array.of(frames / 4, frames / 4),
  labels: Int32Array.of(1, 2, 3, 1, 2, 3),
  labelLengths: Int32Array.of(3, 3),
  chunk: 4,
  views: 2,
});

describe('the TensorFlow engine', () => {
  it.skipIf(missing)('holds no more tensors after many steps than after none, and none when it is closed', async () => {
    const outside = tf.memory().numTensors;
    const engine = new TensorflowEngine(spec, settings, initialState(initialWeights(parameterSpecs(spec), 1)));
    const before = tf.memory().numTensors;
    const poisoned = batch(32);
    poisoned.features[3] = Number.NaN;
    for (const batches of [[batch(32)], [batch(64), batch(32)], [poisoned], [batch(32)]]) {
      await engine.step(batches, 0.01);
      await engine.logProbs(noise(32 * 8), 1, 4);
      await engine.writeState(await engine.readState());
      expect(tf.memory().numTensors).toBe(before);
    }
    expect(engine.stepsDone).toBe(3);
    await engine.close();
    expect(tf.memory().numTensors).toBe(outside);
  });
});

describe('CTC on TensorFlow', () => {
  const [rows, frames, vocabulary] = [6, 7, 5];
  const losses = (blank: number, labels: number[], slots: number, labelLengths: number[]) => {
    const logits = tf.tensor3d(
      noise(rows * frames * vocabulary, 5).map((v) => 4 * v),
      [rows, frames, vocabulary],
    );
    const lossOf = (x: tf.Tensor) =>
      ctcLoss(
        x as tf.Tensor3D,
        tf.tensor2d(labels, [rows, slots], 'int32'),
        tf.tensor1d(labelLengths, 'int32'),
        tf.tensor1d([7, 5, 4, 3, 0, 7], 'int32'),
        blank,
      );
    // Each row with a weight of its own; a gradient needs no loss to be finite.
    const { value, grad } = tf.valueAndGrad(lossOf as (x: tf.Tensor) => tf.Tensor)(
      logits,
      tf.tensor1d([1, 2, 3, 4, 5, 6]),
    );
    return { losses: [...value.dataSync()], gradient: [...grad.dataSync()] };
  };

  it.skipIf(missing).each([
    // Repeated labels, none at all, more than fit, a row of no frames.
    { blank: 0, labels: [1, 2, 2, 3, 3, 9, 9, 9, 9, 1, 1, 2, 9, 9, 9, 4, 1, 4], slots: 3, lengths: [3, 2, 0, 3, 0, 3] },
    { blank: 2, labels: [1, 0, 0, 3, 3, 9, 9, 9, 9, 1, 1, 4, 3, 9, 9, 4, 1, 4], slots: 3, lengths: [3, 2, 0, 3, 1, 3] },
    { blank: 4, labels: [1, 2, 3, 0, 1, 2], slots: 1, lengths: [1, 1, 0, 1, 0, 1] },
    { blank: 0, labels: [1, 2, 3, 1, 1, 2], slots: 1, lengths: [0, 0, 0, 0, 0, 0] },
  ])('equals the reference with blank $blank and labels $labels', async ({ blank, labels, slots, lengths }) => {
    const actual = onTensorflow(() => tf.tidy(() => losses(blank, labels, slots, lengths)));
    await tf.setBackend('cpu');
    const expected = tf.tidy(() => losses(blank, labels, slots, lengths));
    expected.losses.forEach((v, row) => {
      if (Number.isFinite(v)) expect(actual.losses[row], `row ${row}`).toBeCloseTo(v, 4);
      else expect(actual.losses[row], `row ${row}`).toBe(v);
    });
    expected.gradient.forEach((v, i) => {
      expect(actual.gradient[i], `element ${i}`).toBeCloseTo(v, 5);
    });
  });
});
