/** The default engine: each batch shape's training step is traced once and run as one graph by ONNX Runtime. */
import { availableParallelism } from 'node:os';
import { encodeModel } from '@auricle/bundle/onnx';
import * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-node';
import type { ModelSpec } from '../model/config.js';
import { byName, unpackWeights } from '../model/weights.js';
import { type InputSpec, trace } from '../tracing/trace.js';
import type { OptimiserSettings, StepReport, TrainingBatch, TrainingEngine, TrainingState } from './engine.js';
import { type StepTensors, trainingStep, utteranceLogits } from './step.js';

const SESSION: ort.InferenceSession.SessionOptions = {
  intraOpNumThreads: availableParallelism(),
  // With arenas each batch shape would keep its own gigabytes.
  enableCpuMemArena: false,
  enableMemPattern: false,
  logSeverityLevel: 3,
};

export class OnnxEngine implements TrainingEngine {
  readonly name = 'onnx';
  private readonly sessions = new Map<string, Promise<ort.InferenceSession>>();

  constructor(
    readonly spec: ModelSpec,
    private readonly settings: OptimiserSettings,
    public state: TrainingState,
  ) {}

  async step(batch: TrainingBatch, learningRate: number): Promise<StepReport> {
    const { state, settings } = this;
    const rows = batch.frameLengths.length;
    const frames = batch.features.length / (rows * this.spec.config.melBins);
    const slots = batch.labels.length / rows;
    const step = state.step + 1;
    const tokens = batch.labelLengths.reduce((a, b) => a + b, 0);
    const flat = [state.weights.length];
    const feeds: Record<keyof StepTensors, ort.Tensor> = {
      weights: new ort.Tensor('float32', state.weights, flat),
      firstMoment: new ort.Tensor('float32', state.firstMoment, flat),
      secondMoment: new ort.Tensor('float32', state.secondMoment, flat),
      average: new ort.Tensor('float32', state.average, flat),
      features: new ort.Tensor('float32', batch.features, [rows, frames, this.spec.config.melBins]),
      frameLengths: new ort.Tensor('int32', batch.frameLengths, [rows]),
      labels: new ort.Tensor('int32', batch.labels, [rows, slots]),
      labelLengths: new ort.Tensor('int32', batch.labelLengths, [rows]),
      lossScale: scalar(1 / Math.max(1, tokens)),
      learningRate: scalar(learningRate),
      firstCorrection: scalar(1 / (1 - settings.beta1 ** step)),
      secondCorrection: scalar(1 / (1 - settings.beta2 ** step)),
      // A young average must not be dominated by the initial weights.
      averageDecay: scalar(Math.min(settings.averageDecay, step / (step + 10))),
    };
    const session = await this.session(`step ${rows}x${frames}x${slots} chunk ${batch.chunk}`, () =>
      trace('training_step', inputsLike(feeds), (t) => trainingStep(this.spec, settings, batch.chunk, t)),
    );
    const result = await session.run(feeds);
    const values = (name: string) => result[name].data as Float32Array;
    const [loss, gradientNorm] = [values('loss')[0], values('gradientNorm')[0]];
    const applied = Number.isFinite(loss) && Number.isFinite(gradientNorm);
    if (applied)
      this.state = {
        step,
        weights: values('nextWeights'),
        firstMoment: values('nextFirstMoment'),
        secondMoment: values('nextSecondMoment'),
        average: values('nextAverage'),
      };
    return { loss, losses: values('losses'), gradientNorm, applied };
  }

  async logProbs(features: Float32Array, batch: number, chunk: number): Promise<Float32Array> {
    const { melBins } = this.spec.config;
    const frames = features.length / (batch * melBins);
    const feeds = {
      weights: new ort.Tensor('float32', this.state.average, [this.state.average.length]),
      features: new ort.Tensor('float32', features, [batch, frames, melBins]),
    };
    const session = await this.session(`logProbs ${batch}x${frames} chunk ${chunk}`, () =>
      trace('log_probs', inputsLike(feeds), (t) => {
        const weights = byName(this.spec, unpackWeights(this.spec, t.weights));
        return { logProbs: tf.logSoftmax(utteranceLogits(this.spec, weights, t.features, chunk)) };
      }),
    );
    return (await session.run(feeds)).logProbs.data as Float32Array;
  }

  async close(): Promise<void> {
    for (const session of this.sessions.values()) await (await session).release();
    this.sessions.clear();
  }

  private session(shape: string, model: () => ReturnType<typeof trace>): Promise<ort.InferenceSession> {
    let session = this.sessions.get(shape);
    if (!session) {
      session = ort.InferenceSession.create(encodeModel(model()), SESSION);
      this.sessions.set(shape, session);
    }
    return session;
  }
}

const scalar = (value: number) => new ort.Tensor('float32', Float32Array.of(value), []);

const inputsLike = <Names extends string>(feeds: Record<Names, ort.Tensor>) =>
  Object.fromEntries(
    Object.entries<ort.Tensor>(feeds).map(([name, t]) => [
      name,
      { shape: [...t.dims], type: t.type as InputSpec['type'] },
    ]),
  ) as Record<Names, InputSpec>;
