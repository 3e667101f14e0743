/** Log-mel frames and what came before them go in, logits and what the next chunk needs come out: the network, written once. */
import * as tf from '@tensorflow/tfjs';
import { depthwiseConv } from '../operators/depthwise-conv.js';
import { layerNorm } from '../operators/layer-norm.js';
import { roundActivation, roundColumns } from '../operators/rounding.js';
import { silu } from '../operators/silu.js';
import { scoped } from '../tracing/scope.js';
import {
  blockSizes,
  headWidth,
  type IntegerLayers,
  keyValueWidth,
  type ModelConfig,
  type ModelSpec,
  subsamplingLayers,
} from './config.js';
import { type BranchDropout, keepAll } from './residual-dropout.js';

/** Looks up a weight by its name in `parameterSpecs`. */
export type Weights = (name: string) => tf.Tensor;

/** What a chunk needs of the past; zeros at the start of a stream.
 *  `subsampling` has the last two inputs of each of its convolutions, [batch, 2, channels]; each block keeps its last
 *  `keysValues` [batch, leftContext, keyValueWidth] and `convolution` inputs [batch, taps - 1, channels]. */
export interface Cache {
  subsampling: tf.Tensor3D[];
  blocks: { keysValues: tf.Tensor3D; convolution: tf.Tensor3D }[];
}

export function emptyCache({ config }: ModelSpec, batch: number): Cache {
  return {
    subsampling: subsamplingLayers(config).map(({ channels }) => zeros([batch, 2, channels])),
    blocks: Array.from({ length: config.blocks }, (_, i) => ({
      keysValues: zeros([batch, config.leftContext, keyValueWidth(config)]),
      convolution: zeros([batch, config.convolution - 1, blockSizes(config, i).channels]),
    })),
  };
}

/** As an operator, of which a graph can make any size. */
const zeros = (shape: [number, number, number]) => tf.fill<tf.Rank.R3>(shape, 0);

/** What of the network is not the same in training and in service. */
export interface ConformerOptions {
  /** of a block's residual branches, in training */
  dropout?: (block: number) => BranchDropout;
  /** [batch, leftContext + encoder frames], added to the attention scores of each key, where all frames are one chunk: great negative numbers
   *  hide padding */
  keyBias?: tf.Tensor2D;
}

/** The whole network. Training gives it utterances, `chunk` frames at a time attending to each other and to `leftContext` frames
 *  before them, and an empty cache; serving gives it one chunk and the cache of the chunk before. Both are the same arithmetic.
 *  @param features [batch, frames, melBins]; frames are a multiple of `subsampling` · `chunk`
 *  @param chunk encoder frames in an attention chunk; it divides `leftContext`, or is all there are
 *  @returns logits [batch, encoder frames, vocabulary], those after the `intermediate` blocks, the residual stream
 *  after each block as `hidden` [batch · encoder frames, width], and the cache after the last frame */
export function conformer(
  spec: ModelSpec,
  weights: Weights,
  features: tf.Tensor3D,
  chunk: number,
  past: Cache,
  { dropout = () => keepAll, keyBias }: ConformerOptions = {},
) {
  const { config, integers } = spec;
  const layers: Layers = { weights, integers };
  const [batch, frames] = features.shape;
  const length = frames / config.subsampling;
  const normal = tf.div(
    tf.sub(features, tf.tensor1d(spec.features.mean)),
    tf.tensor1d(spec.features.deviation),
  ) as tf.Tensor3D;
  const { encoded, next } = scoped('subsampling', () => subsample(config, layers, normal, past.subsampling));
  let x = tf.reshape(encoded, [batch * length, config.width]) as tf.Tensor2D;
  const intermediate: tf.Tensor2D[] = [];
  const hidden: tf.Tensor2D[] = [];
  const blocks = past.blocks.map((cache, i) =>
    scoped(`block${i}`, () => {
      const result = conformerBlock(spec, layers, `block${i}`, x, { batch, length, chunk, keyBias }, cache, dropout(i));
      x = result.x;
      hidden.push(x);
      if (config.intermediate.includes(i + 1)) {
        const logits = linear(layers, 'output', x);
        intermediate.push(logits);
        // Self-conditioning: Nozaki & Komatsu 2021, eq. 9.
        if (config.selfConditioned) x = tf.add(x, linear(layers, 'conditioning', tf.softmax(logits)));
      }
      return result.next;
    }),
  );
  const logits = scoped('output', () => linear(layers, 'output', x));
  const byFrame = (rows: tf.Tensor2D) => tf.reshape(rows, [batch, length, spec.vocabulary]) as tf.Tensor3D;
  return {
    logits: byFrame(logits),
    intermediate: intermediate.map(byFrame),
    hidden,
    next: { subsampling: next, blocks } as Cache,
  };
}

interface Layers {
  weights: Weights;
  integers?: IntegerLayers;
}

/** y = x · weight + bias for x [rows, from]; both factors rounded where integers will compute it. */
function linear({ weights, integers }: Layers, name: string, x: tf.Tensor2D): tf.Tensor2D {
  const range = integers?.[name];
  const weight = weights(`${name}.weight`) as tf.Tensor2D;
  const input = range === undefined || range === 'float' ? x : (roundActivation(x, range) as tf.Tensor2D);
  return tf.add(tf.matMul(input, range === undefined ? weight : roundColumns(weight)), weights(`${name}.bias`));
}

/** Causal convolutions of stride 2 over 4 frames each, as products of joined pairs: [batch, frames, melBins] -> [batch, encoder frames, width]. */
function subsample(config: ModelConfig, layers: Layers, features: tf.Tensor3D, past: Cache['subsampling']) {
  let encoded = features;
  const next = subsamplingLayers(config).map(({ name }, i) => {
    const { halved, tail } = halve(layers, name, encoded, past[i]);
    encoded = halved;
    return tail;
  });
  return { encoded, next };
}

function halve(layers: Layers, name: string, x: tf.Tensor3D, past: tf.Tensor3D) {
  const [batch, frames, channels] = x.shape;
  const joined = tf.concat([past, x], 1);
  const pairs = (from: number) =>
    tf.reshape(tf.slice(joined, [0, from, 0], [-1, frames, -1]), [batch * (frames / 2), 2 * channels]);
  const windows = tf.concat([pairs(0), pairs(2)], 1) as tf.Tensor2D;
  const halved = silu(linear(layers, name, windows));
  return {
    halved: tf.reshape(halved, [batch, frames / 2, halved.shape[1]!]) as tf.Tensor3D,
    tail: tf.slice(joined, [0, frames, 0], [-1, 2, -1]),
  };
}

interface Layout {
  batch: number;
  length: number;
  chunk: number;
  keyBias?: tf.Tensor2D;
}
type BlockCache = Cache['blocks'][number];

/** Conformer block (Gulati et al. 2020): half-step feed-forward, attention, convolution, half-step feed-forward, normalisation.
 *  @param x [batch · length, width] */
function conformerBlock(
  spec: ModelSpec,
  layers: Layers,
  name: string,
  x: tf.Tensor2D,
  layout: Layout,
  past: BlockCache,
  dropout: BranchDropout,
) {
  let y = tf.add(x, dropout(feedForward(layers, `${name}.feedForward1`, x))) as tf.Tensor2D;
  const attention = scoped('attention', () => attend(spec, layers, `${name}.attention`, y, layout, past.keysValues));
  y = tf.add(y, dropout(attention.output));
  const convolution = scoped('convolution', () => convolve(layers, `${name}.convolution`, y, layout, past.convolution));
  y = tf.add(y, dropout(convolution.output));
  y = tf.add(y, dropout(feedForward(layers, `${name}.feedForward2`, y)));
  return { x: layerNorm(y) as tf.Tensor2D, next: { keysValues: attention.next, convolution: convolution.next } };
}

function feedForward(layers: Layers, name: string, x: tf.Tensor2D): tf.Tensor2D {
  return scoped(name.split('.')[1], () => {
    const inner = silu(linear(layers, `${name}.in`, layerNorm(x) as tf.Tensor2D)) as tf.Tensor2D;
    return tf.mul(linear(layers, `${name}.out`, inner), 0.5);
  });
}

/** Attention of each chunk's frames to their own chunk and to the `leftContext` frames before it, computed window by window, so
 *  that its cost grows with the audio's length, not with its square. Several query heads share a key/value head (Shazeer 2019). */
function attend(spec: ModelSpec, layers: Layers, name: string, x: tf.Tensor2D, layout: Layout, past: tf.Tensor3D) {
  const { config } = spec;
  const { batch, length, chunk, keyBias } = layout;
  const { keyValueHeads: groups, leftContext: left } = config;
  const size = headWidth(config);
  const both = keyValueWidth(config);
  const chunks = length / chunk;
  const window = left + chunk;

  const projected = linear(layers, `${name}.queryKeyValue`, layerNorm(x) as tf.Tensor2D);
  const width = projected.shape[1] - both;
  const heads = width / size;
  const scaled = tf.mul(tf.slice(projected, [0, 0], [-1, width]), 1 / Math.sqrt(size));
  const fresh = tf.reshape(tf.slice(projected, [0, width], [-1, both]), [batch, length, both]) as tf.Tensor3D;
  const keysValues = tf.concat([past, fresh], 1);
  const windows = slidingWindows(keysValues, chunks, chunk, left);

  // The query heads of a group are rows of one product with the group's keys.
  const rows = chunk * (heads / groups);
  const queries = tf.reshape(splitGroups(scaled, batch * chunks, chunk, groups), [-1, rows, size]) as tf.Tensor3D;
  const keys = splitGroups(tf.slice(windows, [0, 0, 0], [-1, -1, both / 2]), batch * chunks, window, groups);
  const values = splitGroups(tf.slice(windows, [0, 0, both / 2], [-1, -1, both / 2]), batch * chunks, window, groups);
  const scores = tf.matMul(queries, keys, false, true);
  const mixed = tf.matMul(tf.softmax(keyBias ? biased(scores, keyBias, groups) : scores), values);
  const joined = joinGroups(mixed, batch * chunks, chunk, groups);
  return {
    output: linear(layers, `${name}.out`, tf.reshape(joined, [batch * length, width]) as tf.Tensor2D),
    next: tf.slice(keysValues, [0, length, 0], [-1, left, -1]) as tf.Tensor3D,
  };
}

/** Scores [batch · groups, rows, window] with a bias [batch, window]. */
function biased(scores: tf.Tensor, keyBias: tf.Tensor2D, groups: number): tf.Tensor {
  const [batch, window] = keyBias.shape;
  const [, rows] = scores.shape;
  if (groups === 1) return tf.add(scores, tf.reshape(keyBias, [batch, 1, window]));
  const byGroup = tf.reshape(scores, [batch, groups, rows, window]);
  return tf.reshape(tf.add(byGroup, tf.reshape(keyBias, [batch, 1, 1, window])), [batch * groups, rows, window]);
}

/** [count, rows, groups · size] -> [count · groups, rows, size] */
function splitGroups(x: tf.Tensor, count: number, rows: number, groups: number): tf.Tensor3D {
  const size = x.size / (count * rows * groups);
  if (groups === 1) return tf.reshape(x, [count, rows, size]) as tf.Tensor3D;
  const split = tf.transpose(tf.reshape(x, [count, rows, groups, size]), [0, 2, 1, 3]);
  return tf.reshape(split, [count * groups, rows, size]) as tf.Tensor3D;
}

/** [count · groups, …] -> [count, rows, groups · size], the inverse of `splitGroups` */
function joinGroups(x: tf.Tensor, count: number, rows: number, groups: number): tf.Tensor {
  if (groups === 1) return x;
  const size = x.size / (count * rows * groups);
  return tf.transpose(tf.reshape(x, [count, groups, rows, size]), [0, 2, 1, 3]);
}

/** [batch, left + chunks · chunk, channels] -> [batch · chunks, left + chunk, channels]: each chunk with the frames before it. */
function slidingWindows(x: tf.Tensor3D, chunks: number, chunk: number, left: number): tf.Tensor3D {
  if (chunks === 1) return x;
  const [batch, , channels] = x.shape;
  const length = chunks * chunk;
  const shifted = Array.from({ length: left / chunk + 1 }, (_, i) =>
    tf.reshape(tf.slice(x, [0, i * chunk, 0], [-1, length, -1]), [batch * chunks, chunk, channels]),
  );
  return tf.concat(shifted, 1) as tf.Tensor3D;
}

/** Pointwise gate, causal depthwise convolution, SiLU, pointwise projection. */
function convolve(layers: Layers, name: string, x: tf.Tensor2D, { batch, length }: Layout, past: tf.Tensor3D) {
  const [value, gate] = tf.split(linear(layers, `${name}.in`, layerNorm(x) as tf.Tensor2D), 2, 1);
  const channels = value.shape[1]!;
  const gated = tf.reshape(tf.mul(value, tf.sigmoid(gate)), [batch, length, channels]) as tf.Tensor3D;
  const joined = tf.concat([past, gated], 1);
  const filtered = depthwiseConv(joined, layers.weights(`${name}.filter`) as tf.Tensor2D);
  const active = silu(tf.add(tf.reshape(filtered, [batch * length, channels]), layers.weights(`${name}.bias`)));
  return {
    output: linear(layers, `${name}.out`, active as tf.Tensor2D),
    next: tf.slice(joined, [0, length, 0], [-1, past.shape[1], -1]) as tf.Tensor3D,
  };
}
