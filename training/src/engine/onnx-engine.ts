/** The default engine: the gradient of each batch shape, and the update, are traced once and run as graphs by ONNX Runtime. */
import * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-node';
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
import { GraphSessions } from './graph-sessions.js';
import { utteranceLogits } from './objective.js';
import { type GradientTensors, gradientStep, type UpdateTensors, updateStep } from './step.js';

/** Graphs that are kept, the least used ones released: those of ten batch lengths by five attention chunks and of the dev set's lengths. Each
 *  holds about 20 MB for `m`, whatever its batch. */
const SESSIONS = 72;

export class OnnxEngine implements TrainingEngine {
  readonly name: string;
  private readonly sessions: GraphSessions;

  constructor(
    readonly spec: ModelSpec,
    private readonly settings: EngineSettings,
    private state: TrainingState,
    provider: Provider = 'cpu',
  ) {
    this.name = `onnx on ${provider}`;
    this.sessions = new GraphSessions(provider, SESSIONS);
  }

  get stepsDone(): number {
    return this.state.step;
  }

  // The arrays of a state are replaced at each step, never written to.
  async readState(): Promise<TrainingState> {
    return this.state;
  }

  async writeState(state: TrainingState): Promise<void> {
    this.state = state;
  }

  async step(batches: readonly TrainingBatch[], learningRate: number): Promise<StepReport> {
    const step = this.state.step + 1;
    const tokens = tokenCount(batches);
    const parts = [];
    for (const [i, batch] of batches.entries()) parts.push(await this.gradient(batch, step, i, 1 / tokens));
    const losses = Float32Array.from(parts.flatMap((part) => [...part.losses]));
    const loss = losses.reduce((a, b) => a + b, 0) / tokens;
    const { gradientNorm, ...next } = await this.update(sumOf(parts.map((p) => p.gradient)), step, learningRate);
    const applied =
      Number.isFinite(loss) && Number.isFinite(gradientNorm) && parts.every((p) => Number.isFinite(p.loss));
    if (applied) this.state = { step, ...next };
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

  private async update(gradient: Float32Array, step: number, learningRate: number) {
    const { settings, state } = this;
    const { firstCorrection, secondCorrection, averageDecay } = stepScalars(settings, step);
    const feeds: Record<keyof UpdateTensors, ort.Tensor> = {
      weights: flat(state.weights),
      firstMoment: flat(state.firstMoment),
      secondMoment: flat(state.secondMoment),
      average: flat(state.average),
      gradient: flat(gradient),
      learningRate: scalar(learningRate),
      rates: settings.rates ? flat(settings.rates) : scalar(1),
      firstCorrection: scalar(firstCorrection),
      secondCorrection: scalar(secondCorrection),
      averageDecay: scalar(averageDecay),
    };
    const result = await this.sessions.run('update', feeds, (t) => updateStep(settings.optimiser, t));
    return {
      weights: result('nextWeights'),
      firstMoment: result('nextFirstMoment'),
      secondMoment: result('nextSecondMoment'),
      average: result('nextAverage'),
      gradientNorm: result('gradientNorm')[0],
    };
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

function sumOf([first, ...others]: Float32Array[]): Float32Array {
  for (const other of others) for (let i = 0; i < first.length; i++) first[i] += other[i];
  return first;
}
