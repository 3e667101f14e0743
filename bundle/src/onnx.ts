/** ONNX protobuf bytes go in, plain records of the graph come out, and back: the one place that knows the wire format. */
import onnxProto from 'onnx-proto';
import { onnxError } from './onnx-errors.js';

const { onnx } = onnxProto;

/** ONNX TensorProto.DataType codes of the element types that we emit or read. */
const ELEMENT_CODES = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
} as const;
export type ElementType = keyof typeof ELEMENT_CODES;

export const ELEMENT_BYTES: Record<ElementType, number> = {
  float32: 4,
  uint8: 1,
  int8: 1,
  int32: 4,
  int64: 8,
  bool: 1,
  float16: 2,
};

/** A constant: little-endian `data` of `dims` elements (a scalar has no dims). */
export interface OnnxTensor {
  name: string;
  type: ElementType;
  dims: number[];
  data: Uint8Array;
}

/** A graph input or output; a dimension is a size or the name of a free axis. */
export interface OnnxValue {
  name: string;
  type: ElementType;
  dims: (number | string)[];
}

export type OnnxAttribute =
  | { int: number }
  | { float: number }
  | { string: string }
  | { ints: number[] }
  | { floats: number[] }
  | { tensor: OnnxTensor }
  | { graph: OnnxGraph };

export interface OnnxNode {
  name: string;
  op: string;
  domain: string;
  inputs: string[];
  outputs: string[];
  attributes: Record<string, OnnxAttribute>;
}

export interface OnnxGraph {
  name: string;
  nodes: OnnxNode[];
  initializers: OnnxTensor[];
  inputs: OnnxValue[];
  outputs: OnnxValue[];
}

export interface OnnxModel {
  graph: OnnxGraph;
  /** Operator set version by domain; '' is ONNX's own. */
  opsets: Record<string, number>;
  metadata: Record<string, string>;
}

/** What a model file says of itself, without its nodes. */
export interface OnnxHeader {
  metadata: Record<string, string>;
  inputs: OnnxValue[];
  outputs: OnnxValue[];
  /** constants of the graph, of its nodes and of the graphs inside them */
  weights: StoredWeights[];
}

/** A constant's values as they lie in the file, or where else they lie. */
export interface StoredWeights {
  name: string;
  /** undefined for a type that we do not emit or read */
  type: ElementType | undefined;
  /** little-endian bytes, or numbers as listed */
  data: Uint8Array | readonly number[];
  /** key and value pairs of data in another file: location, offset, length */
  external?: Record<string, string>;
}

// The wire types of onnx-proto are generated with every field optional; these are the ones this file touches.
type WireModel = InstanceType<typeof onnx.ModelProto>;
type WireGraph = Parameters<typeof onnx.GraphProto.create>[0] & object;
type WireValue = Parameters<typeof onnx.ValueInfoProto.create>[0] & object;
type WireTensor = Parameters<typeof onnx.TensorProto.create>[0] & object;
type WireAttribute = Parameters<typeof onnx.AttributeProto.create>[0] & object;

const WIRE = onnx.AttributeProto.AttributeType;
const text = new TextDecoder();
const utf8 = new TextEncoder();

/** The bytes of a typed array, uncopied. */
export const bytesOf = (array: ArrayBufferView) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

export const floatTensor = (name: string, dims: number[], values: ArrayLike<number>): OnnxTensor => ({
  name,
  type: 'float32',
  dims,
  data: bytesOf(values instanceof Float32Array ? values : Float32Array.from(values)),
});

export const int64Tensor = (name: string, dims: number[], values: readonly number[]): OnnxTensor => ({
  name,
  type: 'int64',
  dims,
  data: bytesOf(BigInt64Array.from(values, BigInt)),
});

/** A float32 constant's values, copied when its bytes are not aligned. */
export function floatValues(tensor: OnnxTensor): Float32Array {
  const { data } = tensor;
  return data.byteOffset % 4 === 0
    ? new Float32Array(data.buffer, data.byteOffset, data.byteLength / 4)
    : new Float32Array(new Uint8Array(data).buffer);
}

/** Serialises a model (IR version 8).
 *  @throws AUR_ONNX_TENSOR when a constant's bytes do not fit its dimensions */
export function encodeModel(model: OnnxModel): Uint8Array {
  return onnx.ModelProto.encode({
    irVersion: 8,
    producerName: 'auricle',
    opsetImport: Object.entries(model.opsets).map(([domain, version]) => ({ domain, version })),
    metadataProps: Object.entries(model.metadata).map(([key, value]) => ({ key, value })),
    graph: wireGraph(model.graph),
  }).finish();
}

/** Parses a whole model.
 *  @param source names the file in errors
 *  @throws AUR_ONNX_INVALID when the bytes are no ONNX model, AUR_ONNX_UNSUPPORTED for an element or attribute type that we do not know */
export function decodeModel(bytes: Uint8Array, source: string): OnnxModel {
  const wire = parse(bytes, source);
  return {
    graph: graphOf(wire.graph!, source),
    opsets: Object.fromEntries(wire.opsetImport.map((o) => [o.domain ?? '', Number(o.version)])),
    metadata: metadataOf(wire),
  };
}

/** Parses a model's metadata, inputs and outputs only, so that models with operators unknown to us can be described.
 *  @throws AUR_ONNX_INVALID, AUR_ONNX_UNSUPPORTED */
export function decodeHeader(bytes: Uint8Array, source: string): OnnxHeader {
  const wire = parse(bytes, source);
  const constants = new Set(wire.graph!.initializer?.map((t) => t.name));
  return {
    metadata: metadataOf(wire),
    inputs: wire.graph!.input!.filter((v) => !constants.has(v.name)).map((v) => valueInfoOf(v, source)),
    outputs: wire.graph!.output!.map((v) => valueInfoOf(v, source)),
    weights: [...weightsOf(wire.graph!)],
  };
}

function* weightsOf(graph: WireGraph): Generator<StoredWeights> {
  for (const tensor of graph.initializer ?? []) yield storedWeights(tensor);
  for (const node of graph.node ?? [])
    for (const { t, g, tensors, graphs } of node.attribute ?? []) {
      for (const tensor of [t, ...(tensors ?? [])]) if (tensor) yield storedWeights(tensor, node.output?.[0]);
      for (const inner of [g, ...(graphs ?? [])]) if (inner) yield* weightsOf(inner);
    }
}

const storedWeights = (tensor: WireTensor, otherwise?: string | null): StoredWeights => ({
  name: tensor.name || otherwise || 'a constant',
  type: TYPE_OF_CODE.get(tensor.dataType ?? 0),
  data: tensor.rawData?.length ? tensor.rawData : (tensor.floatData ?? []),
  ...(tensor.dataLocation === onnx.TensorProto.DataLocation.EXTERNAL && {
    external: Object.fromEntries((tensor.externalData ?? []).map(({ key, value }) => [key ?? '', value ?? ''])),
  }),
});

function parse(bytes: Uint8Array, source: string): WireModel {
  let wire: WireModel;
  try {
    wire = onnx.ModelProto.decode(bytes);
  } catch (cause) {
    throw onnxError('AUR_ONNX_INVALID', { source, reason: (cause as Error).message }, { cause });
  }
  if (!wire.graph?.node?.length || !wire.graph.output?.length)
    throw onnxError('AUR_ONNX_INVALID', { source, reason: 'it holds no graph' });
  return wire;
}

const metadataOf = (wire: WireModel) =>
  Object.fromEntries(wire.metadataProps.map((p) => [p.key ?? '', p.value ?? ''])) as Record<string, string>;

const wireValue = (value: OnnxValue): WireValue => ({
  name: value.name,
  type: {
    tensorType: {
      elemType: ELEMENT_CODES[value.type],
      shape: { dim: value.dims.map((d) => (typeof d === 'number' ? { dimValue: d } : { dimParam: d })) },
    },
  },
});

function wireTensor(tensor: OnnxTensor): WireTensor {
  const elements = tensor.dims.reduce((a, b) => a * b, 1);
  const expected = elements * ELEMENT_BYTES[tensor.type];
  if (expected !== tensor.data.byteLength)
    throw onnxError('AUR_ONNX_TENSOR', { name: tensor.name, expected, seen: tensor.data.byteLength });
  return { name: tensor.name, dims: tensor.dims, dataType: ELEMENT_CODES[tensor.type], rawData: tensor.data };
}

function wireAttribute(name: string, attribute: OnnxAttribute): WireAttribute {
  if ('int' in attribute) return { name, type: WIRE.INT, i: attribute.int };
  if ('float' in attribute) return { name, type: WIRE.FLOAT, f: attribute.float };
  if ('string' in attribute) return { name, type: WIRE.STRING, s: utf8.encode(attribute.string) };
  if ('ints' in attribute) return { name, type: WIRE.INTS, ints: attribute.ints };
  if ('floats' in attribute) return { name, type: WIRE.FLOATS, floats: attribute.floats };
  if ('tensor' in attribute) return { name, type: WIRE.TENSOR, t: wireTensor(attribute.tensor) };
  return { name, type: WIRE.GRAPH, g: wireGraph(attribute.graph) };
}

const wireGraph = (graph: OnnxGraph): WireGraph => ({
  name: graph.name,
  node: graph.nodes.map((n) => ({
    name: n.name,
    opType: n.op,
    domain: n.domain,
    input: n.inputs,
    output: n.outputs,
    attribute: Object.entries(n.attributes).map(([name, a]) => wireAttribute(name, a)),
  })),
  initializer: graph.initializers.map(wireTensor),
  input: graph.inputs.map(wireValue),
  output: graph.outputs.map(wireValue),
});

const TYPE_OF_CODE = new Map(
  Object.entries(ELEMENT_CODES).map(([type, code]) => [code as number, type as ElementType]),
);

function elementType(code: number | null | undefined, name: string, source: string): ElementType {
  const type = TYPE_OF_CODE.get(code ?? 0);
  if (!type) throw onnxError('AUR_ONNX_UNSUPPORTED', { source, thing: `${name}: element type ${code}` });
  return type;
}

function valueInfoOf(value: WireValue, source: string): OnnxValue {
  const name = value.name ?? '';
  const tensor = value.type?.tensorType;
  return {
    name,
    type: elementType(tensor?.elemType, name, source),
    dims: (tensor?.shape?.dim ?? []).map((d) => (d.dimParam ? d.dimParam : Number(d.dimValue ?? 0))),
  };
}

function tensorOf(tensor: WireTensor, source: string): OnnxTensor {
  const name = tensor.name ?? '';
  const type = elementType(tensor.dataType, name, source);
  const dims = (tensor.dims ?? []).map(Number);
  const listed = tensor.int64Data?.length
    ? BigInt64Array.from(tensor.int64Data.map((v) => BigInt(v.toString())))
    : tensor.floatData?.length
      ? Float32Array.from(tensor.floatData)
      : tensor.int32Data?.length && type === 'int32'
        ? Int32Array.from(tensor.int32Data)
        : tensor.int32Data?.length
          ? Uint8Array.from(tensor.int32Data)
          : undefined;
  const data = tensor.rawData?.length ? tensor.rawData : listed ? bytesOf(listed) : new Uint8Array(0);
  const expected = dims.reduce((a, b) => a * b, 1) * ELEMENT_BYTES[type];
  if (expected !== data.byteLength) throw onnxError('AUR_ONNX_TENSOR', { name, expected, seen: data.byteLength });
  return { name, type, dims, data };
}

function attributeOf(attribute: WireAttribute, source: string): OnnxAttribute {
  switch (attribute.type) {
    case WIRE.INT:
      return { int: Number(attribute.i) };
    case WIRE.FLOAT:
      return { float: attribute.f ?? 0 };
    case WIRE.STRING:
      return { string: text.decode(attribute.s ?? new Uint8Array(0)) };
    case WIRE.INTS:
      return { ints: (attribute.ints ?? []).map(Number) };
    case WIRE.FLOATS:
      return { floats: [...(attribute.floats ?? [])] };
    case WIRE.TENSOR:
      return { tensor: tensorOf(attribute.t!, source) };
    case WIRE.GRAPH:
      return { graph: graphOf(attribute.g!, source) };
    default:
      throw onnxError('AUR_ONNX_UNSUPPORTED', {
        source,
        thing: `attribute ${attribute.name} of type ${attribute.type}`,
      });
  }
}

const graphOf = (graph: WireGraph, source: string): OnnxGraph => ({
  name: graph.name ?? '',
  nodes: (graph.node ?? []).map((n) => ({
    name: n.name ?? '',
    op: n.opType ?? '',
    domain: n.domain ?? '',
    inputs: [...(n.input ?? [])],
    outputs: [...(n.output ?? [])],
    attributes: Object.fromEntries((n.attribute ?? []).map((a) => [a.name ?? '', attributeOf(a, source)])),
  })),
  initializers: (graph.initializer ?? []).map((t) => tensorOf(t, source)),
  inputs: (graph.input ?? []).map((v) => valueInfoOf(v, source)),
  outputs: (graph.output ?? []).map((v) => valueInfoOf(v, source)),
});
