/** A training step in TF.js's plain CPU backend with AdamW written out in JavaScript: what every engine is held against. */
import { forkSeed, Random } from '@auricle/datasets';
import {
  type EngineSettings,
  type ModelSpec,
  parameterSpecs,
  type StepReport,
  type TrainingBatch,
  type TrainingState,
} from '@auricle/training';
import type { BatchTensors } from '@auricle/training/engine/objective';
import { lossAndGradients } from '@auricle/training/engine/step';
import { drawNoise } from '@auricle/training/model/residual-dropout';
import * as tf from '@tensorflow/tfjs';

/** @returns the report and the state after the step */
export async function referenceStep(
  spec: ModelSpec,
  settings: EngineSettings,
  before: TrainingState,
  batches: readonly TrainingBatch[],
  learningRate: number,
): Promise<StepReport & { state: TrainingState }> {
  const step = before.step + 1;
  const tokens = batches.flatMap((b) => [...b.labelLengths]).reduce((a, b) => a + b);
  const gradient = new Float64Array(before.weights.length);
  const losses: number[] = [];
  for (const [i, batch] of batches.entries()) {
    const part = await gradientOnCpu(spec, settings, before.weights, batch, step, i, 1 / tokens);
    part.gradient.forEach((v, at) => {
      gradient[at] += v;
    });
    losses.push(...part.losses);
  }
  // What is frozen has no part in the norm.
  for (const [i, rate] of (settings.rates ?? []).entries()) if (rate === 0) gradient[i] = 0;
  const gradientNorm = Math.sqrt(gradient.reduce((sum, v) => sum + v * v, 0));
  const { beta1, beta2, epsilon, weightDecay, clipNorm, averageDecay } = settings.optimiser;
  const clip = Math.min(1, clipNorm / gradientNorm);
  const decay = Math.min(averageDecay, step / (step + 10));
  const state: TrainingState = {
    step,
    weights: before.weights.slice(),
    firstMoment: before.firstMoment.slice(),
    secondMoment: before.secondMoment.slice(),
    average: before.average.slice(),
  };
  for (let i = 0; i < gradient.length; i++) {
    const g = gradient[i] * clip;
    const m = beta1 * before.firstMoment[i] + (1 - beta1) * g;
    const v = beta2 * before.secondMoment[i] + (1 - beta2) * g * g;
    const direction = m / (1 - beta1 ** step) / (Math.sqrt(v / (1 - beta2 ** step)) + epsilon);
    const rate = learningRate * (settings.rates?.[i] ?? 1);
    const w = before.weights[i] - rate * (direction + weightDecay * before.weights[i]);
    state.firstMoment[i] = m;
    state.secondMoment[i] = v;
    state.weights[i] = w;
    state.average[i] = decay * before.average[i] + (1 - decay) * w;
  }
  const loss = losses.reduce((a, b) => a + b) / tokens;
  return { loss, losses: Float32Array.from(losses), gradientNorm, applied: true, state };
}

async function gradientOnCpu(
  spec: ModelSpec,
  settings: EngineSettings,
  flat: Float32Array,
  batch: TrainingBatch,
  step: number,
  index: number,
  lossScale: number,
) {
  await tf.setBackend('cpu');
  const rows = batch.frameLengths.length;
  const { melBins } = spec.config;
  const frames = batch.features.length / rows / melBins;
  const { consistencyWeight, consistencyWarmup } = settings.loss;
  const random = new Random(forkSeed(settings.seed, step, index));
  const noise = drawNoise(random, spec.config, { batch: rows, length: frames / 4 }, settings.regularisation);
  let at = 0;
  const weights = parameterSpecs(spec).map(({ shape }) => {
    const size = shape.reduce((a, b) => a * b, 1);
    at += size;
    return tf.tensor(flat.slice(at - size, at), shape);
  });
  const result = tf.tidy(() => {
    const tensors: BatchTensors = {
      features: tf.tensor(batch.features, [rows, frames, melBins]),
      frameLengths: tf.tensor(batch.frameLengths, [rows], 'int32'),
      labels: tf.tensor(batch.labels, [rows, batch.labels.length / rows], 'int32'),
      labelLengths: tf.tensor(batch.labelLengths, [rows], 'int32'),
      lossScale: tf.scalar(lossScale),
      consistencyWeight: tf.scalar(consistencyWeight * Math.min(1, step / Math.max(1, consistencyWarmup))),
      noise: tf.tensor(noise),
      teacher: tf.tensor(settings.teacherWeights ?? [0]),
    };
    const { losses, gradients } = lossAndGradients(spec, settings, batch, weights, tensors);
    return { losses, gradient: tf.concat(gradients.map((g) => tf.reshape(g, [-1]))) };
  });
  const values = { losses: [...result.losses.dataSync()], gradient: Float32Array.from(result.gradient.dataSync()) };
  tf.dispose([result, weights]);
  return values;
}
