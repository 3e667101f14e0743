import {
  createEngine,
  type EngineSettings,
  initialState,
  modelConfigSchema,
  parameterSpecs,
  type TrainingBatch,
  type TrainingEngine,
  type TrainingState,
} from '@auricle/training';
import { utteranceLogits } from '@auricle/training/engine/objective';
import { initialWeights } from '@auricle/training/model/init';
import { byName, unpackWeights } from '@auricle/training/model/weights';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noise, type Outcome, relativeDifference } from '../tracing/compare.js';
import { ENGINES } from './engines.js';
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
/** Less deep than its student: what matters here is that each engine runs both. */
const teacherSpec = {
  ...spec,
  config: { ...spec.config, blocks: 1, feedForward: 1, intermediate: [], selfConditioned: false },
};
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
  teacher: { spec: teacherSpec, logProbWeight: 0.7, hiddenWeight: 0.2 },
  teacherWeights: initialWeights(parameterSpecs(teacherSpec), 9),
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

const start = initialState(initialWeights(parameterSpecs(spec), 1));

/** Runs the schedule's steps from where the state stands; every step is held against TF.js's CPU backend, and so is the state after them.
 *  @returns that state and the reference's */
async function heldAgainstReference(
  engine: TrainingEngine,
  from: TrainingState,
  reference: TrainingState,
  steps: typeof schedule,
) {
  await engine.writeState(from);
  for (const { batches, learningRate } of steps) {
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
  const state = await engine.readState();
  expect(engine.stepsDone).toBe(reference.step);
  expect(state.step).toBe(reference.step);
  for (const [name, expected] of Object.entries(outcomeOf(reference)))
    expect(relativeDifference(outcomeOf(state), { [name]: expected }), name).toBeLessThanOrEqual(1e-4);
  return { state, reference };
}

describe.each(ENGINES)('$name', ({ choice, missing }) => {
  let engine: TrainingEngine;
  beforeAll(async () => {
    if (!missing) engine = await createEngine(choice, spec, settings, start);
  });
  afterAll(() => engine?.close());

  it.skipIf(missing)(
    'trains as TF.js does on its CPU backend, all options on: figures, weights, moments and average after three steps',
    async () => {
      const { state, reference } = await heldAgainstReference(engine, start, start, schedule);
      // Weights that had not moved would agree with anything.
      expect(relativeDifference(outcomeOf(start), { weights: outcomeOf(reference).weights })).toBeGreaterThan(1e-2);
      // Those whose rate is 0 are frozen.
      for (let i = 0; i < parameters; i += 3) expect(state.weights[i]).toBe(start.weights[i]);
    },
  );

  it.skipIf(missing)('goes on from where another engine stopped', async () => {
    const [first, ...others] = schedule;
    const other = await createEngine({ kind: 'onnx', provider: 'cpu' }, spec, settings, start);
    const before = await heldAgainstReference(other, start, start, [first]);
    await other.close();
    await heldAgainstReference(engine, before.state, before.reference, others);
  });

  it.skipIf(missing)('leaves everything as it is when the gradient is not finite', async () => {
    await engine.writeState(start);
    const poisoned = { ...wide, features: wide.features.map((v, i) => (i === 5 ? Number.NaN : v)) };
    expect((await engine.step([poisoned], 0.01)).applied).toBe(false);
    expect(engine.stepsDone).toBe(0);
    expect(await engine.readState()).toEqual(start);
  });

  it.skipIf(missing)('hands out a state that later steps do not touch', async () => {
    await engine.writeState(start);
    const before = await engine.readState();
    const copy = structuredClone(before);
    await engine.step([wide], 0.01);
    expect(before).toEqual(copy);
    expect(await engine.readState()).not.toEqual(copy);
  });

  it.skipIf(missing)('gives the log-probabilities of the averaged weights', async () => {
    const other = { ...start, average: noise(parameters, 9) };
    await engine.writeState(other);
    const actual = await engine.logProbs(wide.features, 3, 4);
    await tf.setBackend('cpu');
    const expected = tf.tidy(() => {
      const weights = byName(spec, unpackWeights(spec, tf.tensor1d(other.average)));
      return tf.logSoftmax(utteranceLogits(spec, weights, tf.tensor3d(wide.features, [3, 64, 8]), 4)).dataSync();
    });
    const outcome = (values: Float32Array) => ({ logProbs: { shape: [values.length], values } });
    expect(relativeDifference(outcome(actual), outcome(expected as Float32Array))).toBeLessThanOrEqual(1e-4);
  });
});
