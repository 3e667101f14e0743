import {
  initialState,
  modelConfigSchema,
  OnnxEngine,
  parameterSpecs,
  type TrainingBatch,
  type TrainingState,
} from '@auricle/training';
import { type StepTensors, trainingStep } from '@auricle/training/engine/step';
import { initialWeights } from '@auricle/training/model/init';
import { describe, expect, it } from 'vitest';
import { floats, type Input, ints, noise, type Outcome, relativeDifference, runOnCpu } from '../tracing/compare.js';

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
  }),
  vocabulary: 6,
  features: { mean: new Array<number>(8).fill(0.1), deviation: new Array<number>(8).fill(0.7) },
};
const settings = {
  beta1: 0.9,
  beta2: 0.98,
  // Some gradients are 0 but for rounding (the keys' bias); a tiny epsilon would make full steps of their noise.
  epsilon: 1e-3,
  weightDecay: 0.05,
  clipNorm: 2,
  averageDecay: 0.9,
};

/** Batches of two shapes; repeated labels, a row that is cut short and an empty one. */
const batches: TrainingBatch[] = [
  {
    features: noise(3 * 64 * 8, 3),
    frameLengths: Int32Array.of(16, 9, 0),
    labels: Int32Array.of(1, 2, 2, 5, 4, 3, 0, 0, 0, 0, 0, 0),
    labelLengths: Int32Array.of(4, 2, 0),
    chunk: 4,
  },
  {
    features: noise(2 * 96 * 8, 4),
    frameLengths: Int32Array.of(24, 20),
    labels: Int32Array.of(3, 3, 1, 5, 5, 5),
    labelLengths: Int32Array.of(3, 3),
    chunk: 8,
  },
];
const schedule = [
  { batch: batches[0], learningRate: 0.01 },
  { batch: batches[1], learningRate: 0.02 },
  { batch: batches[0], learningRate: 0.015 },
];

/** The step as TF.js's own CPU backend computes it, with bias corrections and decay as in the papers. */
async function stepOnCpu(state: TrainingState, batch: TrainingBatch, learningRate: number) {
  const rows = batch.frameLengths.length;
  const step = state.step + 1;
  const flat = (values: Float32Array): Input => ({ shape: [values.length], type: 'float32', values });
  const scalar = (value: number): Input => ({ shape: [], type: 'float32', values: Float32Array.of(value) });
  const inputs: Record<keyof StepTensors, Input> = {
    weights: flat(state.weights),
    firstMoment: flat(state.firstMoment),
    secondMoment: flat(state.secondMoment),
    average: flat(state.average),
    features: { ...floats([rows, batch.features.length / rows / 8, 8]), values: batch.features },
    frameLengths: ints([rows], [...batch.frameLengths]),
    labels: ints([rows, batch.labels.length / rows], [...batch.labels]),
    labelLengths: ints([rows], [...batch.labelLengths]),
    lossScale: scalar(1 / batch.labelLengths.reduce((a, b) => a + b)),
    learningRate: scalar(learningRate),
    firstCorrection: scalar(1 / (1 - 0.9 ** step)),
    secondCorrection: scalar(1 / (1 - 0.98 ** step)),
    averageDecay: scalar(Math.min(0.9, step / (step + 10))),
  };
  const outcome = await runOnCpu(inputs, (t) => trainingStep(spec, settings, batch.chunk, t as unknown as StepTensors));
  const next: TrainingState = {
    step,
    weights: outcome.nextWeights.values,
    firstMoment: outcome.nextFirstMoment.values,
    secondMoment: outcome.nextSecondMoment.values,
    average: outcome.nextAverage.values,
  };
  return { next, loss: outcome.loss.values[0], losses: outcome.losses.values, norm: outcome.gradientNorm.values[0] };
}

const outcomeOf = ({ step, ...vectors }: TrainingState): Outcome =>
  Object.fromEntries(Object.entries(vectors).map(([name, values]) => [name, { shape: [values.length], values }]));

describe('the ONNX engine', () => {
  it('trains as TF.js does on its CPU backend: figures, weights, moments and average after three steps', async () => {
    const start = initialState(initialWeights(parameterSpecs(spec), 1));
    const engine = new OnnxEngine(spec, settings, start);
    let reference = start;
    for (const { batch, learningRate } of schedule) {
      const report = await engine.step(batch, learningRate);
      const { next, loss, losses, norm } = await stepOnCpu(reference, batch, learningRate);
      reference = next;
      expect(report.applied).toBe(true);
      expect(Math.abs(report.loss - loss) / loss).toBeLessThanOrEqual(1e-4);
      expect(Math.abs(report.gradientNorm - norm) / norm).toBeLessThanOrEqual(1e-4);
      losses.forEach((v, row) => {
        expect(Math.abs(report.losses[row] - v), `row ${row}`).toBeLessThanOrEqual(1e-4 * Math.max(1, v));
      });
    }
    await engine.close();
    expect(engine.state.step).toBe(3);
    for (const [name, expected] of Object.entries(outcomeOf(reference)))
      expect(relativeDifference(outcomeOf(engine.state), { [name]: expected }), name).toBeLessThanOrEqual(1e-4);
    // Weights that had not moved would agree with anything.
    expect(relativeDifference(outcomeOf(start), { weights: outcomeOf(reference).weights })).toBeGreaterThan(1e-2);
  });
});
