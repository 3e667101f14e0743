import {
  initialState,
  modelConfigSchema,
  OnnxEngine,
  parameterCount,
  parameterSpecs,
  type TrainingBatch,
} from '@auricle/training';
import { initialWeights } from '@auricle/training/model/init';
import { afterEach, describe, expect, it } from 'vitest';
import { noise } from '../tracing/compare.js';

const spec = {
  config: modelConfigSchema.parse({
    melBins: 8,
    width: 16,
    blocks: 1,
    heads: 2,
    feedForward: 2,
    convolution: 3,
    leftContext: 4,
  }),
  vocabulary: 5,
  features: { mean: new Array(8).fill(0), deviation: new Array(8).fill(1) },
};
const settings = { beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weightDecay: 0.01, clipNorm: 1, averageDecay: 0.9 };
const plain = {
  seed: 1,
  optimiser: settings,
  loss: { intermediateWeight: 0, labelSmoothing: 0, consistencyWeight: 0, consistencyWarmup: 0 },
  regularisation: { dropout: 0, stochasticDepth: 0 },
};
const batch = (): TrainingBatch => ({
  features: noise(2 * 32 * 8, 3),
  frameLengths: Int32Array.of(8, 6),
  labels: Int32Array.of(1, 2, 3, 4, 4, 0),
  labelLengths: Int32Array.of(3, 2),
  chunk: 4,
  views: 1,
});

let engine: OnnxEngine;
const newEngine = (rates?: Float32Array) => {
  engine = new OnnxEngine(spec, { ...plain, rates }, initialState(initialWeights(parameterSpecs(spec), 1)));
  return engine;
};
afterEach(() => engine.close());

describe('a training step', () => {
  it('learns a batch by heart', async () => {
    const engine = newEngine();
    const first = await engine.step([batch()], 0.01);
    for (let i = 0; i < 60; i++) await engine.step([batch()], 0.01);
    const last = await engine.step([batch()], 0.01);
    expect(last.loss).toBeLessThan(0.1 * first.loss);
    expect(engine.stepsDone).toBe(62);
  });

  it('moves every weight by AdamW, as computed by hand from the same gradient', async () => {
    const engine = newEngine();
    const { weights: before } = await engine.readState();
    await engine.step([batch()], 0.01);
    const { weights, firstMoment, secondMoment, average } = await engine.readState();
    for (let i = 0; i < weights.length; i += 37) {
      const gradient = firstMoment[i] / (1 - settings.beta1);
      expect(secondMoment[i]).toBeCloseTo((1 - settings.beta2) * gradient ** 2, 8);
      const direction = gradient / (Math.abs(gradient) + settings.epsilon);
      expect(weights[i]).toBeCloseTo(before[i] - 0.01 * (direction + settings.weightDecay * before[i]), 5);
      expect(average[i]).toBeCloseTo((1 / 11) * before[i] + (10 / 11) * weights[i], 5);
    }
  });

  it('clips the gradient to the given norm', async () => {
    const engine = newEngine();
    const { gradientNorm } = await engine.step([batch()], 0.01);
    const { firstMoment } = await engine.readState();
    const clipped = Math.sqrt(firstMoment.reduce((sum, m) => sum + (m / (1 - settings.beta1)) ** 2, 0));
    expect(gradientNorm).toBeGreaterThan(settings.clipNorm);
    expect(clipped).toBeCloseTo(settings.clipNorm, 3);
  });

  it('keeps frozen weights and their average to the bit, and clips the others as if these were not there', async () => {
    const count = parameterCount(parameterSpecs(spec));
    const rates = Float32Array.from({ length: count }, (_, i) => (i % 2 === 0 ? 0 : 1));
    const engine = newEngine(rates);
    const before = await engine.readState();
    const reports = [await engine.step([batch()], 0.01), await engine.step([batch()], 0.01)];
    const { weights, average, firstMoment } = await engine.readState();
    for (let i = 0; i < count; i += 2)
      expect([weights[i], average[i], firstMoment[i]]).toEqual([before.weights[i], before.weights[i], 0]);
    expect(weights.some((v, i) => i % 2 === 1 && v !== before.weights[i])).toBe(true);
    await engine.close();
    const whole = await newEngine().step([batch()], 0.01);
    expect(reports[0].gradientNorm).toBeLessThan(whole.gradientNorm);
  });

  it('leaves the weights as they are when the gradient is not finite', async () => {
    const engine = newEngine();
    const before = await engine.readState();
    const poisoned = batch();
    poisoned.features[5] = Number.NaN;
    const report = await engine.step([poisoned], 0.01);
    expect(report.applied).toBe(false);
    expect(await engine.readState()).toEqual(before);
  });

  it('takes batches of any shape in any order', async () => {
    const engine = newEngine();
    const wide: TrainingBatch = { ...batch(), features: noise(2 * 64 * 8, 5), chunk: 2 };
    for (const b of [batch(), wide, batch(), wide]) expect((await engine.step([b], 0.001)).applied).toBe(true);
  });
});

describe('logProbs', () => {
  it('is a distribution for every frame, by the averaged weights', async () => {
    const engine = newEngine();
    const logProbs = await engine.logProbs(noise(32 * 8), 1, 4);
    expect(logProbs.length).toBe(8 * 5);
    for (let t = 0; t < 8; t++) {
      const sum = logProbs.subarray(5 * t, 5 * t + 5).reduce((s, v) => s + Math.exp(v), 0);
      expect(sum).toBeCloseTo(1, 5);
    }
  });
});
