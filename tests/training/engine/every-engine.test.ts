import {
  type EngineSettings,
  initialState,
  modelConfigSchema,
  OnnxEngine,
  parameterSpecs,
  type TrainingBatch,
  type TrainingState,
} from '@auricle/training';
import { initialWeights } from '@auricle/training/model/init';
import { describe, expect, it } from 'vitest';
import { noise, type Outcome, relativeDifference } from '../tracing/compare.js';
import { referenceStep } from './reference-engine.js';

const spec = {
  config: modelConfigSchema.parse({
    melBins: 8,
    width: 16,
    blocks: 2,
    heads: 4,
    keyValueHeads: 2,
    feedForward: 2,
    convolution: 5,
    leftContext: 8,
    intermediate: [1],
    selfConditioned: true,
  }),
  vocabulary: 6,
  features: { mean: new Array<number>(8).fill(0.1), deviation: new Array<number>(8).fill(0.7) },
};
const parameters = parameterSpecs(spec).reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
/** Every option on. */
const settings: EngineSettings = {
  seed: 7,
  optimiser: {
    beta1: 0.9,
    beta2: 0.98,
    // Some gradients are 0 but for rounding (the keys' bias); a tiny epsilon would make full steps of their noise.
    epsilon: 1e-3,
    weightDecay: 0.05,
    clipNorm: 2,
    averageDecay: 0.9,
  },
  loss: { intermediateWeight: 0.3, labelSmoothing: 0.05, consistencyWeight: 0.4, consistencyWarmup: 2 },
  regularisation: { dropout: 0.1, stochasticDepth: 0.3 },
  rates: Float32Array.from({ length: parameters }, (_, i) => (i % 3) / 2),
};

/** Batches of two shapes; repeated labels, a row that is cut short and an empty one; one of two views. */
const wide: TrainingBatch = {
  features: noise(3 * 64 * 8, 3),
  frameLengths: Int32Array.of(16, 9, 0),
  labels: Int32Array.of(1, 2, 2, 5, 4, 3, 0, 0, 0, 0, 0, 0),
  labelLengths: Int32Array.of(4, 2, 0),
  chunk: 4,
  views: 1,
};
const twoViews: TrainingBatch = {
  features: noise(4 * 96 * 8, 4),
  frameLengths: Int32Array.of(24, 20, 24, 20),
  labels: Int32Array.of(3, 3, 1, 5, 5, 5, 3, 3, 1, 5, 5, 5),
  labelLengths: Int32Array.of(3, 3, 3, 3),
  chunk: 8,
  views: 2,
};
const schedule: { batches: TrainingBatch[]; learningRate: number }[] = [
  { batches: [wide], learningRate: 0.01 },
  { batches: [twoViews], learningRate: 0.02 },
  { batches: [wide, twoViews], learningRate: 0.015 },
];

const outcomeOf = ({ step, ...vectors }: TrainingState): Outcome =>
  Object.fromEntries(Object.entries(vectors).map(([name, values]) => [name, { shape: [values.length], values }]));

describe('the ONNX engine', () => {
  it('trains as TF.js does on its CPU backend, all options on: figures, weights, moments and average after three steps', async () => {
    const start = initialState(initialWeights(parameterSpecs(spec), 1));
    const engine = new OnnxEngine(spec, settings, start);
    let reference = start;
    for (const { batches, learningRate } of schedule) {
      const report = await engine.step(batches, learningRate);
      const expected = await referenceStep(spec, settings, reference, batches, learningRate);
      reference = expected.state;
      expect(report.applied).toBe(true);
      expect(Math.abs(report.loss - expected.loss) / expected.loss).toBeLessThanOrEqual(1e-4);
      expect(Math.abs(report.gradientNorm - expected.gradientNorm) / expected.gradientNorm).toBeLessThanOrEqual(1e-4);
      expect(report.losses.length).toBe(expected.losses.length);
      expected.losses.forEach((v, row) => {
        expect(Math.abs(report.losses[row] - v), `row ${row}`).toBeLessThanOrEqual(1e-4 * Math.max(1, v));
      });
    }
    await engine.close();
    expect(engine.state.step).toBe(3);
    for (const [name, expected] of Object.entries(outcomeOf(reference)))
      expect(relativeDifference(outcomeOf(engine.state), { [name]: expected }), name).toBeLessThanOrEqual(1e-4);
    // Weights that had not moved would agree with anything.
    expect(relativeDifference(outcomeOf(start), { weights: outcomeOf(reference).weights })).toBeGreaterThan(1e-2);
    // Those whose rate is 0 are frozen.
    for (let i = 0; i < parameters; i += 3) expect(engine.state.weights[i]).toBe(start.weights[i]);
  });
});
