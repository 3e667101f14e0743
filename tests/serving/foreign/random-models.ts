/** A family's name goes in, a folder with a small random-weight model of exactly its interface comes out, as its makers publish it for sherpa-onnx. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeModel, type ModelFamily, type OnnxModel } from '@auricle/bundle';
import { addBody, type Cache, GraphBuilder } from './graph-builder.js';

export const TOKENS = ['<blk>', '▁', 'a', 'b', 'c', 'd', 'e', 'f'];
/** Those of live streams. */
export type StreamingFamily = Exclude<ModelFamily, 'zipformer-ctc'>;
export const FAMILIES: readonly StreamingFamily[] = ['nemo-ctc', 'zipformer2-ctc', 'wenet-ctc', 't-one-ctc'];

/** Chunk and past of the WeNet model, in output frames and chunks. */
export const WENET = { chunk: 8, leftChunks: 3 };
export const TONE = { sampleRate: 8000, chunkMs: 300, frames: 10 };

const BUILDERS: Record<StreamingFamily, () => OnnxModel> = {
  'nemo-ctc': nemoModel,
  'zipformer2-ctc': zipformer2Model,
  'wenet-ctc': wenetModel,
  't-one-ctc': toneModel,
};

export const randomModel = (family: StreamingFamily): OnnxModel => BUILDERS[family]();

/** model.onnx and tokens.txt, nothing else.
 *  @param change of the model before it is written */
export async function writeModel(
  dir: string,
  family: StreamingFamily,
  change: (model: OnnxModel) => void = () => undefined,
): Promise<string> {
  const model = randomModel(family);
  change(model);
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, 'model.onnx'), encodeModel(model));
  await writeFile(join(dir, 'tokens.txt'), TOKENS.map((token, id) => `${token} ${id}\n`).join(''));
  return dir;
}

const text = (values: readonly number[]) => values.join(',');

/** [N, frames, 80] -> [N, 8, 320]: groups of four frames from `first` on, with silence at -1 and sound from 0 to 1. */
function groupsOf(
  graph: GraphBuilder,
  frames: string,
  first: number,
  outputFrames: number,
  offset: number,
  scale: number,
) {
  const part = graph.slice(frames, 'part', 1, first, first + 4 * outputFrames);
  const scaled = graph.affine(part, 'scaled', 1 / scale, offset / scale);
  return graph.reshape(scaled, 'groups', [0, outputFrames, 320]);
}

/** A window that overlaps the last one by 17 frames, as cache-aware FastConformers have it. */
function nemoModel(): OnnxModel {
  const graph = new GraphBuilder(31);
  const [channel, time] = [
    [2, 6, 10],
    [3, 4, 5],
  ];
  graph.inputs.push({ name: 'audio_signal', type: 'float32', dims: ['N', 80, 49] });
  graph.inputs.push({ name: 'length', type: 'int64', dims: ['N'] });
  const frames = graph.node('Transpose', ['audio_signal'], 'frames', { perm: { ints: [0, 2, 1] } });
  const length = graph.reshape(graph.cast('length', 'length_float', 1), 'length_value', [-1, 1, 1]);
  const caches: Cache[] = [
    { name: 'cache_last_channel', dims: [1, ...channel], batchAxis: 0 },
    { name: 'cache_last_time', dims: [1, ...time], batchAxis: 0 },
    { name: 'cache_last_channel_len', dims: [1], batchAxis: 0, type: 'int64' },
  ];
  const body = addBody(graph, {
    groups: groupsOf(graph, frames, 9, 8, 10, 8),
    width: 320,
    outputFrames: 8,
    vocabulary: TOKENS.length,
    caches,
    terms: [graph.affine(length, 'length_term', 1 / 49, 0)],
  });
  graph.outputs.push({ name: 'encoded_lengths', type: 'int64', dims: ['N'] });
  graph.node('Div', ['length', graph.ints('stride', [6])], 'encoded_lengths');
  body.renew();
  const dims = (prefix: string, values: number[]) =>
    Object.fromEntries(values.map((value, i) => [`${prefix}_dim${i + 1}`, value]));
  return graph.model({
    model_type: 'EncDecCTCModelBPE',
    window_size: 49,
    chunk_shift: 32,
    subsampling_factor: 4,
    vocab_size: TOKENS.length - 1,
    ...dims('cache_last_channel', channel),
    ...dims('cache_last_time', time),
  });
}

function zipformer2Model(): OnnxModel {
  const graph = new GraphBuilder(32);
  const stacks = {
    dims: [16, 24],
    query: [4, 3],
    value: [3, 4],
    heads: [2, 3],
    layers: [1, 2],
    kernels: [7, 5],
    left: [8, 4],
  };
  const caches: Cache[] = [];
  let layer = 0;
  stacks.dims.forEach((dim, i) => {
    const [left, value] = [stacks.left[i], stacks.value[i] * stacks.heads[i]];
    for (const end = layer + stacks.layers[i]; layer < end; layer++)
      caches.push(
        { name: `cached_key_${layer}`, dims: [left, 1, stacks.query[i] * stacks.heads[i]], batchAxis: 1 },
        { name: `cached_nonlin_attn_${layer}`, dims: [1, 1, left, (3 * dim) / 4], batchAxis: 1 },
        { name: `cached_val1_${layer}`, dims: [left, 1, value], batchAxis: 1 },
        { name: `cached_val2_${layer}`, dims: [left, 1, value], batchAxis: 1 },
        { name: `cached_conv1_${layer}`, dims: [1, dim, (stacks.kernels[i] - 1) / 2], batchAxis: 0 },
        { name: `cached_conv2_${layer}`, dims: [1, dim, (stacks.kernels[i] - 1) / 2], batchAxis: 0 },
      );
  });
  caches.push({ name: 'embed_states', dims: [1, 128, 3, 19], batchAxis: 0 });
  caches.push({ name: 'processed_lens', dims: [1], batchAxis: 0, type: 'int64' });
  graph.inputs.push({ name: 'x', type: 'float32', dims: ['N', 45, 80] });
  const groups = groupsOf(graph, 'x', 7, 8, 10, 8);
  addBody(graph, { groups, width: 320, outputFrames: 8, vocabulary: TOKENS.length, caches }).renew();
  return graph.model({
    model_type: 'zipformer2',
    version: 1,
    T: 45,
    decode_chunk_len: 32,
    encoder_dims: text(stacks.dims),
    query_head_dims: text(stacks.query),
    value_head_dims: text(stacks.value),
    num_heads: text(stacks.heads),
    num_encoder_layers: text(stacks.layers),
    cnn_module_kernels: text(stacks.kernels),
    left_context_len: text(stacks.left),
  });
}

/** The mask and the counts are inputs like the caches; each changes what comes out. */
function wenetModel(): OnnxModel {
  const graph = new GraphBuilder(33);
  const { chunk, leftChunks } = WENET;
  const [past, head, blocks, width, kernel] = [chunk * leftChunks, 2, 2, 12, 6];
  const frames = (chunk - 1) * 4 + 6 + 1;
  graph.inputs.push({ name: 'x', type: 'float32', dims: ['N', frames, 80] });
  graph.inputs.push({ name: 'offset', type: 'int64', dims: [1] });
  graph.inputs.push({ name: 'required_cache_size', type: 'int64', dims: [1] });
  const value = (name: string, factor: number) =>
    graph.reshape(
      graph.affine(graph.cast(name, `${name}_float`, 1), `${name}_angle`, factor, 0),
      `${name}_value`,
      [1, 1, 1],
    );
  const mask = graph.cast('attn_mask', 'mask_float', 1);
  const seen = graph.node('Mul', [mask, graph.weights('w_mask', [1, 1, past + chunk], 1)], 'mask_seen');
  const masked = graph.node('ReduceMean', [seen], 'mask_value', { axes: { ints: [2] }, keepdims: { int: 1 } });
  const caches: Cache[] = [
    { name: 'attn_cache', dims: [blocks, head, past, (width / head) * 2] },
    { name: 'conv_cache', dims: [blocks, 1, width, kernel - 1] },
  ];
  const body = addBody(graph, {
    groups: groupsOf(graph, 'x', 3, chunk, -2, 18),
    width: 320,
    outputFrames: chunk,
    vocabulary: TOKENS.length,
    caches,
    terms: [
      graph.node('Sin', [value('offset', 0.37)], 'offset_term'),
      value('required_cache_size', 1 / past),
      graph.affine(masked, 'mask_term', 8, 0),
    ],
  });
  body.renew();
  graph.inputs.push({ name: 'attn_mask', type: 'bool', dims: ['N', 1, past + chunk] });
  return graph.model({
    model_type: 'wenet_ctc',
    version: 1,
    chunk_size: chunk,
    left_chunks: leftChunks,
    head,
    num_blocks: blocks,
    output_size: width,
    cnn_module_kernel: kernel,
    right_context: 6,
    subsampling_factor: 4,
    vocab_size: TOKENS.length,
  });
}

function toneModel(): OnnxModel {
  const graph = new GraphBuilder(34);
  const { sampleRate, chunkMs, frames } = TONE;
  const samples = (sampleRate * chunkMs) / 1000;
  graph.inputs.push({ name: 'signal', type: 'int32', dims: ['N', samples, 1] });
  const loud = graph.affine(graph.cast('signal', 'signal_float', 1), 'signal_scaled', 1 / 32_768, 0);
  const split = graph.reshape(loud, 'split', [0, frames * 4, samples / frames / 4]);
  // Log-energies of quarters of a frame: -16 in silence.
  const squared = graph.node('Mul', [split, split], 'squared');
  const energy = graph.node('ReduceMean', [squared], 'energy', { axes: { ints: [2] }, keepdims: { int: 0 } });
  const log = graph.node('Log', [graph.affine(energy, 'floored', 1, 1.2e-7)], 'log_energy');
  const groups = graph.reshape(graph.affine(log, 'scaled', 1 / 8, 1), 'groups', [0, frames, 4]);
  const caches: Cache[] = [{ name: 'state', dims: [1, 37], batchAxis: 0, type: 'float16' }];
  addBody(graph, { groups, width: 4, outputFrames: frames, vocabulary: TOKENS.length, caches }).renew();
  return graph.model({ model_type: 't-one', frame_length_ms: chunkMs, state_dim: 37, sample_rate: sampleRate });
}

/** A T-one model that spells each frame's first sample: the token is the sample's remainder by seven and one. */
export function spellingModel(): OnnxModel {
  const graph = new GraphBuilder(35);
  const samples = (TONE.sampleRate * TONE.chunkMs) / 1000;
  graph.inputs.push(
    { name: 'signal', type: 'int32', dims: ['N', samples, 1] },
    { name: 'state', type: 'float16', dims: ['N', 3] },
  );
  const split = graph.reshape(graph.cast('signal', 'wide', 7), 'split', [0, TONE.frames, samples / TONE.frames]);
  const first = graph.reshape(graph.slice(split, 'first', 2, 0, 1), 'flat', [0, TONE.frames]);
  const rest = graph.node('Mod', [first, graph.ints('seven', [7])], 'rest', { fmod: { int: 0 } });
  const token = graph.node('Add', [rest, graph.ints('one', [1])], 'token');
  graph.node(
    'OneHot',
    [token, graph.ints('depth', [TOKENS.length]), graph.floats('levels', [2], [-9, 0])],
    'log_probs',
    {
      axis: { int: -1 },
    },
  );
  graph.node('Identity', ['state'], 'next_state');
  graph.outputs.push(
    { name: 'log_probs', type: 'float32', dims: ['N', TONE.frames, TOKENS.length] },
    { name: 'next_state', type: 'float16', dims: ['N', 3] },
  );
  return graph.model({ frame_length_ms: TONE.chunkMs, state_dim: 3, sample_rate: TONE.sampleRate });
}
