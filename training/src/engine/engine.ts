/** What every training engine does: a batch goes in, updated weights and the step's figures come out. */
import type { ModelSpec } from '../model/config.js';

/** A padded batch. Rows that are not used have `frameLengths` and `labelLengths` of 0. */
export interface TrainingBatch {
  /** [batch, frames, melBins], padded with digital silence; `frames` is a multiple of 4 · `chunk` */
  features: Float32Array;
  /** Valid encoder frames (40 ms) of each row, [batch] */
  frameLengths: Int32Array;
  /** Token ids, [batch, labelSlots] */
  labels: Int32Array;
  /** [batch] */
  labelLengths: Int32Array;
  /** Encoder frames in an attention chunk */
  chunk: number;
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

/** Everything a run continues from: flat vectors in the order of `parameterSpecs`, each [parameters]. */
export interface TrainingState {
  step: number;
  weights: Float32Array;
  firstMoment: Float32Array;
  secondMoment: Float32Array;
  average: Float32Array;
}

export interface StepReport {
  /** CTC loss a label token, in nats. */
  loss: number;
  /** CTC loss of each row, in nats, [batch] */
  losses: Float32Array;
  /** Global L2 norm of the gradients before clipping. */
  gradientNorm: number;
  /** False when the loss or a gradient was not finite: the weights are as before. */
  applied: boolean;
}

export interface TrainingEngine {
  readonly name: string;
  readonly spec: ModelSpec;
  /** The live state; its arrays are replaced, never written to, so that a checkpoint can be saved while training goes on. */
  state: TrainingState;
  step(batch: TrainingBatch, learningRate: number): Promise<StepReport>;
  /** Log-probabilities of the averaged weights.
   *  @returns row-major [batch, frames / 4, vocabulary] */
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
