/** A bundle's folder goes in, all that can be told of it without running it comes out. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FBANK } from '@auricle/audio';
import { type Bundle, decodeModel, type OnnxModel, type OnnxTensor, type Precision, readBundle } from '@auricle/bundle';

export interface InspectedModel {
  file: string;
  precision: Precision;
  bytes: number;
  /** Operator set version by domain; '' is ONNX's own */
  opsets: Record<string, number>;
  nodes: number;
  /** operator -> nodes, most frequent first */
  operators: Record<string, number>;
  /** element type -> bytes of constants */
  constants: Record<string, number>;
  inputs: string[];
  outputs: string[];
  /** whether integer weights use all 8 bits, by which sums may overflow on x86 without VNNI; undefined without such products */
  fullRangeWeights?: boolean;
}

export interface Inspection {
  dir: string;
  description: Bundle['description'];
  interface: Bundle['interface'];
  models: InspectedModel[];
  tokens: string[];
  latency: {
    /** audio that a run takes, ms */
    chunkMs: number;
    /** audio that must follow the chunk before its frames are complete, ms */
    featureMs: number;
    /** audio that attention sees before the chunk, ms */
    leftMs?: number;
  };
  /** what a stream carries from run to run */
  state: { shapes: string[]; bytes: number };
  /** the network that made it, where the file tells */
  network?: Record<string, unknown>;
}

const FILES: Record<Precision, string> = { float: 'model.onnx', int8: 'model.int8.onnx' };
/** Products of unsigned activations and signed weights. */
const INTEGER_PRODUCTS = new Set(['MatMulIntegerToFloat', 'DynamicQuantizeMatMul', 'MatMulInteger']);
/** Greatest magnitude of weights of which no pair of products can overflow 16 bits. */
const SAFE = 64;

/** @throws AUR_BUNDLE_…, AUR_ONNX_… */
export async function inspectBundle(dir: string): Promise<Inspection> {
  const { description, tokens, interface: sizes } = await readBundle(dir);
  const models: InspectedModel[] = [];
  let network: Record<string, unknown> | undefined;
  let state: Inspection['state'] = { shapes: [], bytes: 0 };
  for (const precision of ['float', 'int8'] as const) {
    const path = join(dir, FILES[precision]);
    if (!(await stat(path).catch(() => undefined))) continue;
    const bytes = await readFile(path);
    const model = decodeModel(bytes, path);
    models.push(inspectModel(model, FILES[precision], precision, bytes.length));
    state = stateOf(model);
    network ??= networkOf(model.metadata.auricle_network);
  }
  const frameMs = (1000 * FBANK.hopSamples) / FBANK.sampleRate;
  const { leftContextFrames: left, subsampling } = description;
  return {
    dir,
    description,
    interface: sizes,
    models,
    tokens: [...tokens.symbols],
    latency: {
      chunkMs: description.chunkShift * frameMs,
      featureMs: LOOK_AHEAD_MS,
      ...(left !== undefined && { leftMs: left * subsampling * frameMs }),
    },
    state,
    network,
  };
}

/** Caches are the float inputs after the audio. */
function stateOf({ graph }: OnnxModel): Inspection['state'] {
  const caches = graph.inputs.slice(1).filter(({ type }) => type === 'float32' || type === 'float16');
  const sizes = caches.map(({ dims }) => dims.filter((size) => typeof size === 'number'));
  const bytes = caches.map(({ type }, i) => sizes[i].reduce((a, b) => a * b, type === 'float16' ? 2 : 4));
  return { shapes: sizes.map((dims) => `[${dims.join(', ')}]`), bytes: bytes.reduce((a, b) => a + b, 0) };
}

/** A frame's window of 25 ms reaches 17.5 ms beyond the frame's beginning. */
const LOOK_AHEAD_MS = 17.5;

function inspectModel(model: OnnxModel, file: string, precision: Precision, bytes: number): InspectedModel {
  const { graph, opsets } = model;
  const operators = countBy(graph.nodes.map(({ op }) => op));
  const constants: Record<string, number> = {};
  for (const { type, data } of graph.initializers) constants[type] = (constants[type] ?? 0) + data.byteLength;
  const value = ({ name, type, dims }: OnnxModel['graph']['inputs'][number]) => `${name}: ${type} [${dims.join(', ')}]`;
  const weights = new Map(graph.initializers.map((constant) => [constant.name, constant]));
  const integer = graph.nodes
    .filter(({ op }) => INTEGER_PRODUCTS.has(op))
    .flatMap(({ inputs }) => weights.get(inputs[1]) ?? [])
    .filter(({ type }) => type === 'int8');
  return {
    file,
    precision,
    bytes,
    opsets,
    nodes: graph.nodes.length,
    operators,
    constants,
    inputs: graph.inputs.map(value),
    outputs: graph.outputs.map(value),
    ...(integer.length > 0 && { fullRangeWeights: integer.some(exceeds) }),
  };
}

const exceeds = ({ data }: OnnxTensor) => new Int8Array(new Uint8Array(data).buffer).some((v) => Math.abs(v) > SAFE);

function countBy(names: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)));
}

/** What another version wrote is shown, not checked. */
function networkOf(text: string | undefined): Record<string, unknown> | undefined {
  if (text === undefined) return undefined;
  try {
    return (JSON.parse(text) as { config?: Record<string, unknown> }).config;
  } catch {
    return undefined;
  }
}
