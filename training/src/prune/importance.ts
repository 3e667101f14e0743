/** A network and training audio go in; what the loss would gain without each head, channel and block comes out. */

import { spaceToken } from '@auricle/decoding';
import type * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-node';
import { bucketShapes, packBatch, planBatches } from '../data/batches.js';
import { loadCorpus } from '../data/corpus.js';
import { planEpoch } from '../data/example.js';
import { ExampleLoader } from '../data/loader.js';
import { batchExtent, batchNoise, type TrainingBatch, tokenCount } from '../engine/engine.js';
import { GraphSessions } from '../engine/graph-sessions.js';
import { objective } from '../engine/objective.js';
import { type GradientTensors, gradientStep } from '../engine/step.js';
import type { Checkpoint } from '../loop/checkpoint.js';
import { manifestPaths } from '../loop/config.js';
import type { ModelSpec } from '../model/config.js';
import { byName, unpackWeights } from '../model/weights.js';
import { cutNetwork, sumsOfParts } from './cut.js';
import { keepAllParts, PARTS } from './structure.js';

/** Batches that importance is measured on. */
const BATCHES = 12;
/** Attention chunks as they are served most (320 ms). */
const CHUNK = 8;
/** Shapes times the networks they are run for. */
const SESSIONS = 8;

export interface Importance {
  /** for each block and kind, that of each head or channel: squares of what the loss would change by (nats a token) */
  parts: ReturnType<typeof sumsOfParts>;
  /** of each block as a whole, measured without it */
  blocks: number[];
}

/** First-order estimates (Molchanov et al. 2019, eq. 8): the square of the sum of gradient times weight, the mean of some batches of training
 *  data. Blocks are left out in turn, and the loss is measured. */
export async function measureImportance(checkpoint: Checkpoint): Promise<Importance> {
  const { spec, config, state } = checkpoint;
  const weights = state.average;
  const batches = await someBatches(checkpoint);
  const sessions = new GraphSessions('cpu', SESSIONS);
  const settings = { loss: config.loss, regularisation: { dropout: 0, stochasticDepth: 0 } };
  try {
    let parts: Importance['parts'] | undefined;
    let loss = 0;
    for (const batch of batches) {
      const { gradient, value } = await gradientOf(sessions, spec, settings, weights, batch);
      loss += value / batches.length;
      const sums = sumsOfParts(
        spec,
        gradient.map((g, i) => g * weights[i]),
      );
      parts ??= sums.map((block) => ({ ...block, ...zeros(block) }));
      for (const [block, of] of sums.entries())
        for (const part of PARTS)
          of[part].forEach((sum, i) => {
            parts![block][part][i] += sum ** 2 / batches.length;
          });
    }
    const blocks: number[] = [];
    for (let block = 0; block < spec.config.blocks; block++) {
      if (spec.config.blocks === 1) {
        blocks.push(Number.POSITIVE_INFINITY);
        continue;
      }
      const kept = keepAllParts(spec.config).map((all, i) => (i === block ? undefined : all));
      const without = cutNetwork(spec, kept, [weights]);
      let other = 0;
      for (const batch of batches)
        other += (await lossOf(sessions, without.spec, settings, without.vectors[0], batch, block)) / batches.length;
      blocks.push(Math.max(0, other - loss) ** 2);
    }
    return { parts: parts!, blocks };
  } finally {
    await sessions.close();
  }
}

const zeros = (block: Importance['parts'][number]) =>
  Object.fromEntries(PARTS.map((part) => [part, new Float64Array(block[part].length)])) as Importance['parts'][number];

type Settings = Parameters<typeof gradientStep>[1];

function feedsOf(spec: ModelSpec, settings: Settings, weights: Float32Array, batch: TrainingBatch) {
  const { rows, frames, slots } = batchExtent(spec.config, batch);
  const scalar = (value: number) => new ort.Tensor('float32', Float32Array.of(value), []);
  const feeds: Record<keyof GradientTensors, ort.Tensor> = {
    weights: new ort.Tensor('float32', weights, [weights.length]),
    features: new ort.Tensor('float32', batch.features, [rows, frames, spec.config.melBins]),
    frameLengths: new ort.Tensor('int32', batch.frameLengths, [rows]),
    labels: new ort.Tensor('int32', batch.labels, [rows, slots]),
    labelLengths: new ort.Tensor('int32', batch.labelLengths, [rows]),
    lossScale: scalar(1 / tokenCount([batch])),
    consistencyWeight: scalar(0),
    teacher: new ort.Tensor('float32', new Float32Array(1), [1]),
    noise: new ort.Tensor('float32', batchNoise(spec.config, { ...settings, seed: 0 }, batch, 1, 0), [1]),
  };
  return { feeds, shape: `${rows}x${frames}x${slots}` };
}

async function gradientOf(
  sessions: GraphSessions,
  spec: ModelSpec,
  settings: Settings,
  weights: Float32Array,
  batch: TrainingBatch,
) {
  const { feeds, shape } = feedsOf(spec, settings, weights, batch);
  const result = await sessions.run(`gradient ${shape}`, feeds, (t) =>
    gradientStep(spec, settings, { chunk: batch.chunk, views: 1 }, t),
  );
  return { gradient: result('gradient'), value: result('loss')[0] };
}

/** @param block the one that is not there */
async function lossOf(
  sessions: GraphSessions,
  spec: ModelSpec,
  settings: Settings,
  weights: Float32Array,
  batch: TrainingBatch,
  block: number,
): Promise<number> {
  const { feeds, shape } = feedsOf(spec, settings, weights, batch);
  const result = await sessions.run(`loss without ${block} ${shape}`, feeds, (t) => ({
    loss: objective(spec, settings, { chunk: batch.chunk, views: 1 }, byName(spec, unpackWeights(spec, t.weights)), t)
      .objective as tf.Tensor,
  }));
  return result('loss')[0];
}

/** Augmented training data of the last epoch's kind. Dev data have no part in it: they will judge. */
async function someBatches({ config, tokens }: Checkpoint): Promise<TrainingBatch[]> {
  const settings = { ...config, loss: { ...config.loss, consistencyWeight: 0 } };
  const { recordings } = await loadCorpus(manifestPaths(config.data.train), tokens, config.batches.maximumSeconds);
  const plans = planEpoch(settings, recordings, config.epochs, spaceToken(tokens));
  const shapes = bucketShapes({ ...settings, batches: { ...settings.batches, buckets: 2 } }, plans);
  const { batches } = planBatches(settings, shapes, plans, config.epochs);
  const loader = await ExampleLoader.open({ ...settings, data: { ...config.data, featureCache: undefined } });
  try {
    const made: TrainingBatch[] = [];
    for (const { shape, examples } of batches.slice(0, BATCHES))
      made.push(packBatch(shape, CHUNK, (await loader.examples(examples)).made));
    return made;
  } finally {
    await loader.close();
  }
}
