/** The default engine: the gradient of each batch shape is traced once and run as a graph by ONNX Runtime; weights stay in the host's memory. */
import * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-node';
import { type ModelSpec, type PlacedParameter, parameterSpecs, placedParameters } from '../model/config.js';
import { byName } from '../model/weights.js';
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
import { type BatchTensors, utteranceLogits } from './objective.js';
import { lossAndGradients } from './step.js';

/** Graphs that are kept, the least used ones released: those of ten batch lengths by five attention chunks and of the dev set's lengths. Each
 *  holds about 20 MB for `m`, whatever its batch. */
const SESSIONS = 72;

export class OnnxEngine implements TrainingEngine {
  readonly name: string;
  private readonly sessions: GraphSessions;
  private readonly parameters: readonly PlacedParameter[];
  /** written to by every step, like the gradient */
  private state: TrainingState;
  private readonly summed: Float32Array;

  constructor(
    readonly spec: ModelSpec,
    private readonly settings: EngineSettings,
    state: TrainingState,
    provider: Provider = 'cpu',
  ) {
    this.state = copyOf(state);
    this.parameters = placedParameters(parameterSpecs(spec));
    this.summed = new Float32Array(state.weights.length);
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
    const gradientNorm = gradientNormOf(this.summed, settings.rates);
    const applied =
      Number.isFinite(loss) && Number.isFinite(gradientNorm) && parts.every((part) => Number.isFinite(part.loss));
    if (applied) adamwStep(state, this.summed, gradientNorm, learningRate, settings);
    return { loss, losses, gradientNorm, applied };
  }

  /** Adds to what earlier batches of the step have summed. */
  private async gradient(batch: TrainingBatch, step: number, index: number, lossScale: number) {
    const { spec, settings, state } = this;
    const { melBins } = spec.config;
    const { rows, frames, slots } = batchExtent(spec.config, batch);
    const tensors = {
      features: new ort.Tensor('float32', batch.features, [rows, frames, melBins]),
      frameLengths: new ort.Tensor('int32', batch.frameLengths, [rows]),
      labels: new ort.Tensor('int32', batch.labels, [rows, slots]),
      labelLengths: new ort.Tensor('int32', batch.labelLengths, [rows]),
      lossScale: scalar(lossScale),
      consistencyWeight: scalar(stepScalars(settings, step).consistencyWeight),
      noise: flat(batchNoise(spec.config, settings, batch, step, index)),
      teacher: flat(teacherWeightsOf(settings)),
    } satisfies Record<keyof BatchTensors, ort.Tensor>;
    const feeds: Record<string, ort.Tensor> = { ...tensors, ...this.weightFeeds(state.weights) };
    const { chunk, views } = batch;
    const result = await this.sessions.run(
      `gradient ${rows}x${frames}x${slots} chunk ${chunk} views ${views}`,
      feeds,
      (t) => {
        const weights = this.parameters.map(({ name }) => t[name]);
        const layout = { chunk, views };
        const { loss, losses, gradients } = lossAndGradients(
          spec,
          settings,
          layout,
          weights,
          t as Record<keyof BatchTensors, tf.Tensor>,
        );
        return { loss, losses, ...Object.fromEntries(gradients.map((g, i) => [gradientOf(this.parameters[i]), g])) };
      },
    );
    for (const parameter of this.parameters) {
      const part = this.summed.subarray(parameter.at, parameter.end);
      const gradient = result(gradientOf(parameter));
      if (index === 0) part.set(gradient);
      else for (let i = 0; i < part.length; i++) part[i] += gradient[i];
    }
    return { loss: result('loss')[0], losses: result('losses') };
  }

  async logProbs(features: Float32Array, batch: number, chunk: number): Promise<Float32Array> {
    const { melBins } = this.spec.config;
    const frames = features.length / (batch * melBins);
    const feeds: Record<string, ort.Tensor> = {
      ...this.weightFeeds(this.state.average),
      features: new ort.Tensor('float32', features, [batch, frames, melBins]),
    };
    const result = await this.sessions.run(`logProbs ${batch}x${frames} chunk ${chunk}`, feeds, (t) => {
      const weights = byName(
        this.spec,
        this.parameters.map(({ name }) => t[name]),
      );
      return { logProbs: tf.logSoftmax(utteranceLogits(this.spec, weights, t.features, chunk)) };
    });
    return result('logProbs');
  }

  close(): Promise<void> {
    return this.sessions.close();
  }

  /** Each weight as an input of its own, for which nothing is copied: cutting up a flat vector takes as long as a tenth of the matrix products. */
  private weightFeeds(values: Float32Array): Record<string, ort.Tensor> {
    return Object.fromEntries(
      this.parameters.map(({ name, shape, at, end }) => [
        name,
        new ort.Tensor('float32', values.subarray(at, end), shape),
      ]),
    );
  }
}

const gradientOf = ({ name }: PlacedParameter) => `gradient of ${name}`;

const scalar = (value: number) => new ort.Tensor('float32', Float32Array.of(value), []);
const flat = (values: Float32Array) => new ort.Tensor('float32', values, [values.length]);

const copyOf = ({ step, weights, firstMoment, secondMoment, average }: TrainingState): TrainingState => ({
  step,
  weights: weights.slice(),
  firstMoment: firstMoment.slice(),
  secondMoment: secondMoment.slice(),
  average: average.slice(),
});
