/** The default engine: the gradient of each batch shape, and the update, are traced once and run as graphs by ONNX Runtime. */
import { availableParallelism } from 'node:os';
import { encodeModel } from '@auricle/bundle/onnx';
import { forkSeed, Random } from '@auricle/datasets';
import * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-node';
import { type ModelSpec, SUBSAMPLING } from '../model/config.js';
import { drawNoise } from '../model/residual-dropout.js';
import { byName, unpackWeights } from '../model/weights.js';
import { type InputSpec, trace } from '../tracing/trace.js';
import {
  batchExtent,
  type EngineSettings,
  type StepReport,
  stepScalars,
  type TrainingBatch,
  type TrainingEngine,
  type TrainingState,
} from './engine.js';
import { utteranceLogits } from './objective.js';
import { type GradientTensors, gradientStep, type UpdateTensors, updateStep } from './step.js';

const SESSION: ort.InferenceSession.SessionOptions = {
  intraOpNumThreads: availableParallelism(),
  // With arenas each batch shape would keep its own gigabytes.
  enableCpuMemArena: false,
  enableMemPattern: false,
  // Threads that spin while they wait take the cores from the loader, and from whatever else runs on the machine.
  extra: { session: { intra_op: { allow_spinning: '0' } } },
  logSeverityLevel: 3,
};

export class OnnxEngine implements TrainingEngine {
  readonly name = 'onnx';
  private readonly sessions = new Map<string, Promise<ort.InferenceSession>>();

  constructor(
    readonly spec: ModelSpec,
    private readonly settings: EngineSettings,
    public state: TrainingState,
  ) {}

  async step(batches: readonly TrainingBatch[], learningRate: number): Promise<StepReport> {
    const step = this.state.step + 1;
    const tokens = batches.reduce((sum, b) => sum + b.labelLengths.reduce((a, n) => a + n, 0), 0);
    const parts = [];
    for (const [i, batch] of batches.entries())
      parts.push(await this.gradient(batch, step, i, 1 / Math.max(1, tokens)));
    const losses = Float32Array.from(parts.flatMap((part) => [...part.losses]));
    const loss = losses.reduce((a, b) => a + b, 0) / Math.max(1, tokens);
    const { gradientNorm, ...next } = await this.update(sumOf(parts.map((p) => p.gradient)), step, learningRate);
    const applied =
      Number.isFinite(loss) && Number.isFinite(gradientNorm) && parts.every((p) => Number.isFinite(p.loss));
    if (applied) this.state = { step, ...next };
    return { loss, losses, gradientNorm, applied };
  }

  /** @param index of the batch in its step: each has its own dropout */
  private async gradient(batch: TrainingBatch, step: number, index: number, lossScale: number) {
    const { spec, settings, state } = this;
    const { melBins } = spec.config;
    const { rows, frames, slots } = batchExtent(spec.config, batch);
    const { dropout, stochasticDepth } = settings.regularisation;
    const noise =
      dropout > 0 || stochasticDepth > 0
        ? drawNoise(
            new Random(forkSeed(settings.seed, step, index)),
            spec.config,
            { batch: rows, length: frames / SUBSAMPLING },
            settings.regularisation,
          )
        : new Float32Array(1);
    const feeds: Record<keyof GradientTensors, ort.Tensor> = {
      weights: flat(state.weights),
      features: new ort.Tensor('float32', batch.features, [rows, frames, melBins]),
      frameLengths: new ort.Tensor('int32', batch.frameLengths, [rows]),
      labels: new ort.Tensor('int32', batch.labels, [rows, slots]),
      labelLengths: new ort.Tensor('int32', batch.labelLengths, [rows]),
      lossScale: scalar(lossScale),
      consistencyWeight: scalar(stepScalars(settings, step).consistencyWeight),
      noise: flat(noise),
    };
    const { chunk, views } = batch;
    const result = await this.run(`gradient ${rows}x${frames}x${slots} chunk ${chunk} views ${views}`, feeds, (t) =>
      gradientStep(spec, settings, { chunk, views }, t),
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
    const result = await this.run('update', feeds, (t) => updateStep(settings.optimiser, t));
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
    const result = await this.run(`logProbs ${batch}x${frames} chunk ${chunk}`, feeds, (t) => {
      const weights = byName(this.spec, unpackWeights(this.spec, t.weights));
      return { logProbs: tf.logSoftmax(utteranceLogits(this.spec, weights, t.features, chunk)) };
    });
    return result('logProbs');
  }

  async close(): Promise<void> {
    for (const session of this.sessions.values()) await (await session).release();
    this.sessions.clear();
  }

  /** Runs the graph of that name, traced at its first use. */
  private async run<Names extends string>(
    name: string,
    feeds: Record<Names, ort.Tensor>,
    body: (tensors: Record<Names, tf.Tensor>) => Record<string, tf.TensorInfo>,
  ): Promise<(output: string) => Float32Array> {
    let session = this.sessions.get(name);
    if (!session) {
      session = ort.InferenceSession.create(encodeModel(trace(name, inputsLike(feeds), body)), SESSION);
      this.sessions.set(name, session);
    }
    const outputs = await (await session).run(feeds);
    return (output) => outputs[output].data as Float32Array;
  }
}

const scalar = (value: number) => new ort.Tensor('float32', Float32Array.of(value), []);
const flat = (values: Float32Array) => new ort.Tensor('float32', values, [values.length]);

function sumOf([first, ...others]: Float32Array[]): Float32Array {
  for (const other of others) for (let i = 0; i < first.length; i++) first[i] += other[i];
  return first;
}

const inputsLike = <Names extends string>(feeds: Record<Names, ort.Tensor>) =>
  Object.fromEntries(
    Object.entries<ort.Tensor>(feeds).map(([name, t]) => [
      name,
      { shape: [...t.dims], type: t.type as InputSpec['type'] },
    ]),
  ) as Record<Names, InputSpec>;
