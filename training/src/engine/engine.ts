/** What every training engine does: batches go in, updated weights and the step's figures come out. */
import { forkSeed, Random } from '@auricle/datasets';
import type { ModelConfig, ModelSpec } from '../model/config.js';
import { drawNoise } from '../model/residual-dropout.js';
import type { LossSettings, Objective } from './objective.js';

/** A padded batch. Rows that are not used have `frameLengths` and `labelLengths` of 0. */
export interface TrainingBatch {
  /** [batch, frames, melBins]; `frames` is a multiple of `model.subsampling` · `chunk` */
  features: Float32Array;
  /** Valid encoder frames of each row, [batch] */
  frameLengths: Int32Array;
  /** Token ids, [batch, labelSlots] */
  labels: Int32Array;
  /** [batch] */
  labelLengths: Int32Array;
  /** Encoder frames in an attention chunk */
  chunk: number;
  /** 2: the second half of the rows holds other views of the first half's utterances */
  views: 1 | 2;
}

export interface OptimiserSettings {
  /** Decay rates of AdamW's first and second moment. */
  beta1: number;
  beta2: number;
  epsilon: number;
  weightDecay: number;
  /** Gradients are scaled down to this global L2 norm. */
  clipNorm: number;
  /** Decay a step of the running average of the weights that evaluation and export use. */
  averageDecay: number;
}

export interface ConsistencySettings {
  /** Weight of the divergence between two views of an utterance (CR-CTC); 0 makes one view. */
  consistencyWeight: number;
  /** Steps over which that weight grows in a line from 0. */
  consistencyWarmup: number;
}

export interface EngineSettings extends Objective {
  loss: LossSettings & ConsistencySettings;
  optimiser: OptimiserSettings;
  /** Of the random numbers for dropout, together with the step. */
  seed: number;
  /** Multiplies the learning rate of each parameter, [parameters], from 0 (frozen) on; all learn alike without it. */
  rates?: Float32Array;
  /** Flat weights of `teacher`, in the order of its `parameterSpecs`. */
  teacherWeights?: Float32Array;
}

/** Everything a run continues from: flat vectors in the order of `parameterSpecs`, each [parameters]. */
export interface TrainingState {
  step: number;
  weights: Float32Array;
  firstMoment: Float32Array;
  secondMoment: Float32Array;
  average: Float32Array;
}

export interface StepReport {
  /** CTC loss of the output a label token, in nats. */
  loss: number;
  /** CTC loss of each row of the batches one after the other, in nats */
  losses: Float32Array;
  /** Global L2 norm of the gradients of all that is not frozen, before clipping. */
  gradientNorm: number;
  /** False when the loss or a gradient was not finite: the weights are as before. */
  applied: boolean;
}

/** What a graph runs on: any CPU, any GPU by WebGPU, an NVIDIA GPU by CUDA. */
export type Provider = 'cpu' | 'webgpu' | 'cuda';

export type Precision = 'float32' | 'bfloat16';

/** Which engine a run uses. */
export interface EngineChoice {
  /** ONNX Runtime, or TensorFlow where it is installed */
  kind: 'onnx' | 'tensorflow';
  provider: Provider;
  /** of matrix products (default: float32) */
  precision?: Precision;
}

export interface TrainingEngine {
  readonly name: string;
  readonly spec: ModelSpec;
  /** Updates that have made the weights what they are. */
  readonly stepsDone: number;
  /** What the run continues from, in the host's memory. On a device it is a copy of many megabytes: for checkpoints, not for every step.
   *  Its arrays are not written to afterwards, so that a checkpoint can be saved while training goes on. */
  readState(): Promise<TrainingState>;
  /** Continues from `state` instead; its arrays are not written to. */
  writeState(state: TrainingState): Promise<void>;
  /** One update by the gradient of all batches together. */
  step(batches: readonly TrainingBatch[], learningRate: number): Promise<StepReport>;
  /** Log-probabilities of the averaged weights.
   *  @returns row-major [batch, encoder frames, vocabulary] */
  logProbs(features: Float32Array, batch: number, chunk: number): Promise<Float32Array>;
  close(): Promise<void>;
}

export function initialState(weights: Float32Array): TrainingState {
  return {
    step: 0,
    weights,
    firstMoment: new Float32Array(weights.length),
    secondMoment: new Float32Array(weights.length),
    average: weights.slice(),
  };
}

/** Label tokens of a step's batches, at least 1: losses are counted a token. */
export const tokenCount = (batches: readonly TrainingBatch[]) =>
  Math.max(
    1,
    batches.reduce((sum, b) => sum + b.labelLengths.reduce((a, n) => a + n, 0), 0),
  );

/** The random numbers for a batch's dropout; a single 0 where nothing is dropped.
 *  @param index of the batch in its step: each has its own dropout */
export function batchNoise(
  config: ModelConfig,
  { regularisation, seed }: Pick<EngineSettings, 'regularisation' | 'seed'>,
  batch: TrainingBatch,
  step: number,
  index: number,
): Float32Array {
  if (regularisation.dropout === 0 && regularisation.stochasticDepth === 0) return new Float32Array(1);
  const { rows, frames } = batchExtent(config, batch);
  const extent = { batch: rows, length: frames / config.subsampling };
  return drawNoise(new Random(forkSeed(seed, step, index)), config, extent, regularisation);
}

/** The teacher's weights; a single 0 where there is none. */
export const teacherWeightsOf = ({ teacherWeights }: EngineSettings): Float32Array =>
  teacherWeights ?? new Float32Array(1);

/** Sizes of a padded batch. */
export function batchExtent({ melBins }: ModelConfig, { features, frameLengths, labels }: TrainingBatch) {
  const rows = frameLengths.length;
  return { rows, frames: features.length / (rows * melBins), slots: labels.length / rows };
}

/** The numbers of a step that depend on its count, from 1 on. */
export function stepScalars({ optimiser, loss }: Pick<EngineSettings, 'optimiser' | 'loss'>, step: number) {
  return {
    firstCorrection: 1 / (1 - optimiser.beta1 ** step),
    secondCorrection: 1 / (1 - optimiser.beta2 ** step),
    // A young average must not be dominated by the initial weights.
    averageDecay: Math.min(optimiser.averageDecay, step / (step + 10)),
    consistencyWeight: loss.consistencyWeight * Math.min(1, step / Math.max(1, loss.consistencyWarmup)),
  };
}
