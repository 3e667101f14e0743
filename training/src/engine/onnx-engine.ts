/** The default engine: the gradient of each batch shape is traced once and run as a graph by ONNX Runtime; weights stay in the host's memory. */
import * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-node';
import type { ModelSpec } from '../model/config.js';
import { byName, unpackWeights } from '../model/weights.js';
import { adamwStep, gradientNormOf } from './adamw.js';
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
import { GraphSessions } from './graph-sessions.js';
import { utteranceLogits } from './objective.js';
import { type GradientTensors, gradientStep } from './step.js';

/** Graphs that are kept, the least used ones released: those of ten batch lengths by five attention chunks and of the dev set's lengths. Each
 *  holds about 20 MB for `m`, whatever its batch. */
const SESSIONS = 72;

export class OnnxEngine implements TrainingEngine {
  readonly name: string;
  private readonly sessions: GraphSessions;
  /** written to by every step */
  private state: TrainingState;

  constructor(
    readonly spec: ModelSpec,
    private readonly settings: EngineSettings,
    state: TrainingState,
    provider: Provider = 'cpu',
  ) {
    this.state = copyOf(state);
    this.name = `onnx on ${provider}`;
    this.sessions = new GraphSessions(provider, SESSIONS);
  }

  get stepsDone(): number {
    return this.state.step;
  }

  async readState(): Promise<TrainingState> {
    return copyOf(this.state);
  }

  async writeState(state: TrainingState): Promise<void> {
    this.state = copyOf(state);
  }

  async step(batches: readonly TrainingBatch[], learningRate: number): Promise<StepReport> {
    const { settings, state } = this;
    const step = state.step + 1;
    const tokens = tokenCount(batches);
    const parts = [];
    for (const [i, batch] of batches.entries()) parts.push(await this.gradient(batch, step, i, 1 / tokens));
    const losses = Float32Array.from(parts.flatMap((part) => [...part.losses]));
    const loss = losses.reduce((a, b) => a + b, 0) / tokens;
    const gradient = sumOf(parts.map((part) => part.gradient));
    const gradientNorm = gradientNormOf(gradient, settings.rates);
    const applied =
      Number.isFinite(loss) && Number.isFinite(gradientNorm) && parts.every((part) => Number.isFinite(part.loss));
    if (applied) {
      const scalars = stepScalars(settings, step);
      adamwStep(state, gradient, gradientNorm, learningRate, scalars, settings.optimiser, settings.rates);
      state.step = step;
    }
    return { loss, losses, gradientNorm, applied };
  }

  private async gradient(batch: TrainingBatch, step: number, index: number, lossScale: number) {
    const { spec, settings, state } = this;
    const { melBins } = spec.config;
    const { rows, frames, slots } = batchExtent(spec.config, batch);
    const feeds: Record<keyof GradientTensors, ort.Tensor> = {
      weights: flat(state.weights),
      features: new ort.Tensor('float32', batch.features, [rows, frames, melBins]),
      frameLengths: new ort.Tensor('int32', batch.frameLengths, [rows]),
      labels: new ort.Tensor('int32', batch.labels, [rows, slots]),
      labelLengths: new ort.Tensor('int32', batch.labelLengths, [rows]),
      lossScale: scalar(lossScale),
      consistencyWeight: scalar(stepScalars(settings, step).consistencyWeight),
      noise: flat(batchNoise(spec.config, settings, batch, step, index)),
      teacher: flat(teacherWeightsOf(settings)),
    };
    const { chunk, views } = batch;
    const result = await this.sessions.run(
      `gradient ${rows}x${frames}x${slots} chunk ${chunk} views ${views}`,
      feeds,
      (t) => gradientStep(spec, settings, { chunk, views }, t),
    );
    return { gradient: result('gradient'), loss: result('loss')[0], losses: result('losses') };
  }

  async logProbs(features: Float32Array, batch: number, chunk: number): Promise<Float32Array> {
    const { melBins } = this.spec.config;
    const frames = features.length / (batch * melBins);
    const feeds = {
      weights: flat(this.state.average),
      features: new ort.Tensor('float32', features, [batch, frames, melBins]),
    };
    const result = await this.sessions.run(`logProbs ${batch}x${frames} chunk ${chunk}`, feeds, (t) => {
      const weights = byName(this.spec, unpackWeights(this.spec, t.weights));
      return { logProbs: tf.logSoftmax(utteranceLogits(this.spec, weights, t.features, chunk)) };
    });
    return result('logProbs');
  }

  close(): Promise<void> {
    return this.sessions.close();
  }
}

const scalar = (value: number) => new ort.Tensor('float32', Float32Array.of(value), []);
const flat = (values: Float32Array) => new ort.Tensor('float32', values, [values.length]);

const copyOf = ({ step, weights, firstMoment, secondMoment, average }: TrainingState): TrainingState => ({
  step,
  weights: weights.slice(),
  firstMoment: firstMoment.slice(),
  secondMoment: secondMoment.slice(),
  average: average.slice(),
});

function sumOf([first, ...others]: Float32Array[]): Float32Array {
  for (const other of others) for (let i = 0; i < first.length; i++) first[i] += other[i];
  return first;
}
