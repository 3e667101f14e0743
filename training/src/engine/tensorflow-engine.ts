/** The engine on TensorFlow's package for Node: the functions that others trace run as they are, and the state stays on the device. */
import * as tf from '@tensorflow/tfjs';
import type { ModelSpec } from '../model/config.js';
import { byName, unpackWeights } from '../model/weights.js';
import {
  batchExtent,
  batchNoise,
  type EngineSettings,
  type Provider,
  type StepReport,
  stepScalars,
  type TrainingBatch,
  type TrainingEngine,
  type TrainingState,
  teacherWeightsOf,
  tokenCount,
} from './engine.js';
import { utteranceLogits } from './objective.js';
import { gradientStep, updateStep } from './step.js';
import './tensorflow-ctc.js';
import { loadTensorflow, onTensorflow } from './tensorflow-package.js';

/** The flat vectors of a state as tensors on the device, each [parameters]. */
type DeviceState = Record<keyof Omit<TrainingState, 'step'>, tf.Tensor>;

export class TensorflowEngine implements TrainingEngine {
  readonly name: string;
  private held: DeviceState;
  /** [parameters], or a scalar 1 */
  private readonly rates: tf.Tensor;
  private updates: number;

  /** @throws AUR_ENGINE_MISSING */
  constructor(
    readonly spec: ModelSpec,
    private readonly settings: EngineSettings,
    state: TrainingState,
    provider: Provider = 'cpu',
  ) {
    loadTensorflow(provider);
    this.name = `tensorflow on ${provider}`;
    this.updates = state.step;
    this.held = onTensorflow(() => hold(state));
    this.rates = onTensorflow(() => tf.keep(settings.rates ? tf.tensor1d(settings.rates) : tf.scalar(1)));
  }

  get stepsDone(): number {
    return this.updates;
  }

  async readState(): Promise<TrainingState> {
    const { weights, firstMoment, secondMoment, average } = this.held;
    return {
      step: this.updates,
      weights: floatsOf(weights),
      firstMoment: floatsOf(firstMoment),
      secondMoment: floatsOf(secondMoment),
      average: floatsOf(average),
    };
  }

  async writeState(state: TrainingState): Promise<void> {
    tf.dispose(this.held);
    this.held = onTensorflow(() => hold(state));
    this.updates = state.step;
  }

  async step(batches: readonly TrainingBatch[], learningRate: number): Promise<StepReport> {
    const step = this.updates + 1;
    const tokens = tokenCount(batches);
    const { report, next } = onTensorflow(() => {
      const parts = batches.map((batch, i) => tf.tidy(() => this.gradient(batch, step, i, 1 / tokens)));
      const figures = parts.map(({ loss, losses }) => ({ loss: floatsOf(loss)[0], losses: floatsOf(losses) }));
      const { gradientNorm, ...vectors } = tf.tidy(() =>
        this.update(tf.addN(parts.map((part) => part.gradient)), step, learningRate),
      );
      const norm = floatsOf(gradientNorm)[0];
      tf.dispose([parts, gradientNorm]);
      const losses = Float32Array.from(figures.flatMap((part) => [...part.losses]));
      const loss = losses.reduce((a, b) => a + b, 0) / tokens;
      const applied =
        Number.isFinite(loss) && Number.isFinite(norm) && figures.every((part) => Number.isFinite(part.loss));
      return { report: { loss, losses, gradientNorm: norm, applied }, next: vectors };
    });
    if (report.applied) {
      tf.dispose(this.held);
      this.held = next;
      this.updates = step;
    } else tf.dispose(next);
    return report;
  }

  private gradient(batch: TrainingBatch, step: number, index: number, lossScale: number) {
    const { spec, settings, held } = this;
    const { rows, frames, slots } = batchExtent(spec.config, batch);
    return gradientStep(spec, settings, batch, {
      weights: held.weights,
      features: tf.tensor3d(batch.features, [rows, frames, spec.config.melBins]),
      frameLengths: tf.tensor1d(batch.frameLengths, 'int32'),
      labels: tf.tensor2d(batch.labels, [rows, slots], 'int32'),
      labelLengths: tf.tensor1d(batch.labelLengths, 'int32'),
      lossScale: tf.scalar(lossScale),
      consistencyWeight: tf.scalar(stepScalars(settings, step).consistencyWeight),
      noise: tf.tensor1d(batchNoise(spec.config, settings, batch, step, index)),
      teacher: tf.tensor1d(teacherWeightsOf(settings)),
    });
  }

  private update(gradient: tf.Tensor, step: number, learningRate: number) {
    const { settings, held, rates } = this;
    const { firstCorrection, secondCorrection, averageDecay } = stepScalars(settings, step);
    const { nextWeights, nextFirstMoment, nextSecondMoment, nextAverage, gradientNorm } = updateStep(
      settings.optimiser,
      {
        ...held,
        gradient,
        rates,
        learningRate: tf.scalar(learningRate),
        firstCorrection: tf.scalar(firstCorrection),
        secondCorrection: tf.scalar(secondCorrection),
        averageDecay: tf.scalar(averageDecay),
      },
    );
    return {
      weights: nextWeights,
      firstMoment: nextFirstMoment,
      secondMoment: nextSecondMoment,
      average: nextAverage,
      gradientNorm,
    };
  }

  async logProbs(features: Float32Array, batch: number, chunk: number): Promise<Float32Array> {
    const { melBins } = this.spec.config;
    const shape: [number, number, number] = [batch, features.length / (batch * melBins), melBins];
    return onTensorflow(() =>
      tf.tidy(() => {
        const weights = byName(this.spec, unpackWeights(this.spec, this.held.average));
        return floatsOf(tf.logSoftmax(utteranceLogits(this.spec, weights, tf.tensor3d(features, shape), chunk)));
      }),
    );
  }

  async close(): Promise<void> {
    tf.dispose([this.held, this.rates]);
  }
}

const floatsOf = (tensor: tf.Tensor) => tensor.dataSync<'float32'>();

/** Copies: TF.js reads an array only when its tensor is first used. */
function hold({ weights, firstMoment, secondMoment, average }: TrainingState): DeviceState {
  const device = (values: Float32Array) => tf.tensor1d(values.slice());
  return {
    weights: device(weights),
    firstMoment: device(firstMoment),
    secondMoment: device(secondMoment),
    average: device(average),
  };
}
