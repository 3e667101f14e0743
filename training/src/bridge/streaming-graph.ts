/** A network and its weights go in, its streaming ONNX model with packed caches comes out: the interface of sherpa-onnx's online NeMo CTC. */
import { int64Tensor, type OnnxModel, type OnnxNode } from '@auricle/bundle/onnx';
import { cleanModel } from '@auricle/bundle/passes/clean';
import * as tf from '@tensorflow/tfjs';
import { blockSizes, keyValueWidth, type ModelSpec, mostChannels, subsamplingLayers } from '../model/config.js';
import { type Cache, conformer } from '../model/conformer.js';
import { byName, constantWeights } from '../model/weights.js';
import { traceDynamicBatch } from '../tracing/dynamic-batch.js';
import { trace } from '../tracing/trace.js';
import { NETWORK_KEY, networkText } from './network-text.js';

/** Sizes of the two opaque caches, without the batch axis. */
export interface CacheShapes {
  /** [blocks, leftContext, keyValueWidth] */
  channel: [number, number, number];
  /** [blocks + rows for the subsampling, taps - 1, channels of the widest convolution] */
  time: [number, number, number];
}

/** Numbers that each convolution of the subsampling keeps: its last two inputs. */
const subsamplingSizes = ({ config }: ModelSpec) => subsamplingLayers(config).map(({ channels }) => 2 * channels);
const subsamplingSize = (spec: ModelSpec) => subsamplingSizes(spec).reduce((a, b) => a + b, 0);

export function cacheShapes(spec: ModelSpec): CacheShapes {
  const { blocks, leftContext, convolution } = spec.config;
  const channels = mostChannels(spec.config);
  const row = (convolution - 1) * channels;
  return {
    channel: [blocks, leftContext, keyValueWidth(spec.config)],
    time: [blocks + Math.ceil(subsamplingSize(spec) / row), convolution - 1, channels],
  };
}

/** The model for chunks of `chunk` encoder frames: `window_size` equals `chunk_shift`, since all left context travels in the caches.
 *  @param weights flat, in the order of `parameterSpecs` */
export function streamingGraph(spec: ModelSpec, weights: Float32Array, chunk: number): OnnxModel {
  const { melBins, subsampling } = spec.config;
  const window = chunk * subsampling;
  const shapes = cacheShapes(spec);
  const model = traceDynamicBatch((batch) =>
    trace(
      'auricle_streaming_ctc',
      {
        audio_signal: { shape: [batch, melBins, window], type: 'float32' },
        cache_last_channel: { shape: [batch, ...shapes.channel], type: 'float32' },
        cache_last_time: { shape: [batch, ...shapes.time], type: 'float32' },
      },
      (t) => {
        const past = unpackCache(spec, t.cache_last_channel as tf.Tensor4D, t.cache_last_time as tf.Tensor4D);
        const named = byName(spec, constantWeights(spec, weights));
        const features = tf.transpose(t.audio_signal, [0, 2, 1]) as tf.Tensor3D;
        const { logits, next } = conformer(spec, named, features, chunk, past);
        const packed = packCache(spec, next);
        return {
          logprobs: tf.logSoftmax(logits),
          cache_last_channel_next: packed.channel,
          cache_last_time_next: packed.time,
        };
      },
    ),
  );
  return withLengths(cleanModel(model), spec, shapes, chunk);
}

function unpackCache(spec: ModelSpec, channel: tf.Tensor4D, time: tf.Tensor4D): Cache {
  const { blocks, leftContext, convolution } = spec.config;
  const batch = channel.shape[0];
  const kept = tf.reshape(tf.slice(time, [0, blocks, 0, 0], [-1, -1, -1, -1]), [batch, -1]);
  const convolutionCache = (block: number): tf.Tensor3D => {
    const row = tf.reshape(tf.slice(time, [0, block, 0, 0], [-1, 1, -1, -1]), [batch, convolution - 1, time.shape[3]]);
    return tf.slice(row as tf.Tensor3D, [0, 0, 0], [-1, -1, blockSizes(spec.config, block).channels]);
  };
  const sizes = subsamplingSizes(spec);
  const startOf = (layer: number) => sizes.slice(0, layer).reduce((a, b) => a + b, 0);
  return {
    subsampling: sizes.map((size, i) => tf.reshape(tf.slice(kept, [0, startOf(i)], [-1, size]), [batch, 2, size / 2])),
    blocks: Array.from({ length: blocks }, (_, i) => ({
      keysValues: tf.reshape(tf.slice(channel, [0, i, 0, 0], [-1, 1, -1, -1]), [
        batch,
        leftContext,
        keyValueWidth(spec.config),
      ]),
      convolution: convolutionCache(i),
    })),
  };
}

function packCache(spec: ModelSpec, next: Cache) {
  const shapes = cacheShapes(spec);
  const batch = next.subsampling[0].shape[0];
  const row = (t: tf.Tensor) => tf.reshape(t, [batch, 1, ...t.shape.slice(1)]);
  const kept = tf.concat(
    next.subsampling.map((last) => tf.reshape(last, [batch, -1])),
    1,
  ) as tf.Tensor2D;
  const [rows, taps, width] = [shapes.time[0] - spec.config.blocks, shapes.time[1], shapes.time[2]];
  const widened = (t: tf.Tensor3D) =>
    t.shape[2] === width
      ? t
      : tf.pad(t, [
          [0, 0],
          [0, 0],
          [0, width - t.shape[2]],
        ]);
  const padded = tf.pad(kept, [
    [0, 0],
    [0, rows * taps * width - subsamplingSize(spec)],
  ]);
  return {
    channel: tf.concat(
      next.blocks.map((b) => row(b.keysValues)),
      1,
    ),
    time: tf.concat(
      [...next.blocks.map((b) => row(widened(b.convolution))), tf.reshape(padded, [batch, rows, taps, width])],
      1,
    ),
  };
}

/** Adds the interface's length inputs and outputs, its order of inputs and outputs, and its metadata. */
function withLengths(model: OnnxModel, spec: ModelSpec, shapes: CacheShapes, chunk: number): OnnxModel {
  const lengths = (name: string) => ({ name, type: 'int64' as const, dims: ['N'] });
  const [audio, channel, time] = model.graph.inputs;
  const [logProbs, nextChannel, nextTime] = model.graph.outputs;
  const node = (op: string, inputs: string[], output: string): OnnxNode => ({
    name: output,
    op,
    domain: '',
    inputs,
    outputs: [output],
    attributes: {},
  });
  return {
    ...model,
    graph: {
      ...model.graph,
      nodes: [
        ...model.graph.nodes,
        node('Div', ['length', 'subsampling'], 'encoded_lengths'),
        node('Add', ['cache_last_channel_len', 'chunk'], 'cache_last_channel_len_next'),
      ],
      initializers: [
        ...model.graph.initializers,
        int64Tensor('subsampling', [], [spec.config.subsampling]),
        int64Tensor('chunk', [], [chunk]),
      ],
      inputs: [audio, lengths('length'), channel, time, lengths('cache_last_channel_len')],
      outputs: [logProbs, lengths('encoded_lengths'), nextChannel, nextTime, lengths('cache_last_channel_len_next')],
    },
    metadata: {
      window_size: String(chunk * spec.config.subsampling),
      chunk_shift: String(chunk * spec.config.subsampling),
      subsampling_factor: String(spec.config.subsampling),
      vocab_size: String(spec.vocabulary - 1),
      ...Object.fromEntries(shapes.channel.map((size, i) => [`cache_last_channel_dim${i + 1}`, String(size)])),
      ...Object.fromEntries(shapes.time.map((size, i) => [`cache_last_time_dim${i + 1}`, String(size)])),
      model_type: 'auricle streaming conformer CTC',
      [NETWORK_KEY]: networkText(spec),
    },
  };
}
