/** Emitted operators go in, one ONNX graph comes out: the record that a traced TF.js function leaves. */
import type { OnnxAttribute, OnnxGraph, OnnxNode, OnnxTensor, OnnxValue } from '@auricle/bundle/onnx';

/** Element types of TF.js that we trace, plus ONNX's index type for shapes and axes. */
export type TraceType = 'float32' | 'int32' | 'bool' | 'int64';

/** Something that flows through the graph under `name`; `values` is there when it is a constant. */
export interface TracedValue {
  name: string;
  shape: number[];
  type: TraceType;
  values?: ArrayLike<number>;
}

export interface TapeOptions {
  /** Products of transposed batches as ONNX Runtime's `FusedMatMul`, which not every provider has (default: yes) */
  fusedProducts?: boolean;
}

export class Tape {
  readonly fusedProducts: boolean;
  readonly nodes: OnnxNode[] = [];
  readonly inputs: OnnxValue[] = [];
  private readonly constants = new Map<string, OnnxTensor>();
  private readonly scopes: string[] = [];
  private counter = 0;

  constructor({ fusedProducts = true }: TapeOptions = {}) {
    this.fusedProducts = fusedProducts;
  }

  /** Declares a graph input. */
  input(name: string, shape: number[], type: TraceType): TracedValue {
    this.inputs.push({ name, type, dims: shape });
    return { name, shape, type };
  }

  /** Nodes emitted inside `body` carry `scope/` before their name, so that a graph viewer shows the model's modules. */
  scoped<T>(scope: string, body: () => T): T {
    this.scopes.push(scope);
    try {
      return body();
    } finally {
      this.scopes.pop();
    }
  }

  /** Appends a node with one output. */
  emit(
    op: string,
    inputs: string[],
    shape: number[],
    type: TraceType,
    attributes: Record<string, OnnxAttribute> = {},
    domain = '',
  ): TracedValue {
    return this.emitMany(op, inputs, [{ shape, type }], attributes, domain)[0];
  }

  /** Appends a node with several outputs. */
  emitMany(
    op: string,
    inputs: string[],
    outputs: { shape: number[]; type: TraceType }[],
    attributes: Record<string, OnnxAttribute> = {},
    domain = '',
  ): TracedValue[] {
    const name = [...this.scopes, `${op}_${this.counter++}`].join('/');
    const values = outputs.map(({ shape, type }, i) => ({ name: i === 0 ? name : `${name}:${i}`, shape, type }));
    this.nodes.push({ name, op, domain, inputs, outputs: values.map((v) => v.name), attributes });
    return values;
  }

  /** The name of a constant, stored once however often it is asked for. */
  constant(value: TracedValue): string {
    if (!value.values) throw new Error(`tape: ${value.name} is no constant`);
    if (!this.constants.has(value.name)) {
      this.constants.set(value.name, {
        name: value.name,
        type: value.type,
        dims: value.shape,
        data: constantBytes(value.values, value.type),
      });
    }
    return value.name;
  }

  /** A vector of shape or axis numbers, named by its content. */
  indices(values: readonly number[]): string {
    const name = `i64[${values.join(',')}]`;
    return this.constant({ name, shape: [values.length], type: 'int64', values });
  }

  /** A scalar, named by its content. */
  scalar(value: number, type: TraceType = 'float32'): string {
    return this.constant({ name: `${type}(${value})`, shape: [], type, values: [value] });
  }

  freshName(prefix: string): string {
    return `${prefix}_${this.counter++}`;
  }

  /** The graph that computes `outputs`, without the nodes and constants that nothing of it needs.
   *  @param outputs graph output name -> traced value */
  graph(name: string, outputs: Record<string, TracedValue>): OnnxGraph {
    const isInput = new Set(this.inputs.map((i) => i.name));
    const renamed = new Map<string, string>();
    const copies: OnnxNode[] = [];
    for (const [outputName, value] of Object.entries(outputs)) {
      const source = value.values ? this.constant(value) : value.name;
      // A node's output takes the graph output's name; what is no node's, or is asked for twice, needs a copy.
      if (value.values || isInput.has(source) || renamed.has(source))
        copies.push({
          name: outputName,
          op: 'Identity',
          domain: '',
          inputs: [source],
          outputs: [outputName],
          attributes: {},
        });
      else renamed.set(source, outputName);
    }
    const rename = (n: string) => renamed.get(n) ?? n;
    const nodes = [...this.nodes, ...copies].map((n) => ({
      ...n,
      inputs: n.inputs.map(rename),
      outputs: n.outputs.map(rename),
    }));
    const live = liveNodes(nodes, Object.keys(outputs));
    const used = new Set(live.flatMap(valuesRead));
    return {
      name,
      nodes: live,
      initializers: [...this.constants.values()].filter((c) => used.has(c.name)),
      inputs: this.inputs,
      outputs: Object.entries(outputs).map(([outputName, v]) => ({ name: outputName, type: v.type, dims: v.shape })),
    };
  }
}

function liveNodes(nodes: OnnxNode[], outputs: string[]): OnnxNode[] {
  const wanted = new Set(outputs);
  const live: OnnxNode[] = [];
  for (const node of nodes.toReversed()) {
    if (!node.outputs.some((o) => wanted.has(o))) continue;
    live.push(node);
    for (const input of valuesRead(node)) wanted.add(input);
  }
  return live.reverse();
}

/** Names that a node reads, those that the bodies of its loops read from outside included. */
function valuesRead(node: OnnxNode): string[] {
  const bodies = Object.values(node.attributes).flatMap((a) => ('graph' in a ? a.graph.nodes : []));
  return [...node.inputs, ...bodies.flatMap(valuesRead)];
}

function constantBytes(values: ArrayLike<number>, type: TraceType): Uint8Array {
  const typed =
    type === 'int64'
      ? BigInt64Array.from(Array.from(values), BigInt)
      : type === 'int32'
        ? Int32Array.from(values)
        : type === 'bool'
          ? Uint8Array.from(values)
          : values instanceof Float32Array
            ? values
            : Float32Array.from(values);
  return new Uint8Array(typed.buffer, typed.byteOffset, typed.byteLength);
}
