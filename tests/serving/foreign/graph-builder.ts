/** Nodes and random constants go in one after the other, an ONNX graph comes out; caches of any shape are mixed into a hidden layer and renewed from it. */
import {
  floatTensor,
  int64Tensor,
  type OnnxAttribute,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
  type OnnxValue,
} from '@auricle/bundle';
import { randomNumbers } from '../fixtures/tiny-model.js';

export interface Cache {
  name: string;
  /** 1 at the batch axis */
  dims: number[];
  batchAxis?: number;
  type?: 'float32' | 'float16' | 'int64';
}

export class GraphBuilder {
  readonly inputs: OnnxValue[] = [];
  readonly outputs: OnnxValue[] = [];
  private readonly nodes: OnnxNode[] = [];
  private readonly initializers: OnnxTensor[] = [];
  private readonly random: () => number;

  constructor(seed: number) {
    this.random = randomNumbers(seed);
  }

  node(op: string, inputs: string[], output: string, attributes: Record<string, OnnxAttribute> = {}): string {
    this.nodes.push({ name: output, op, domain: '', inputs, outputs: [output], attributes });
    return output;
  }

  floats(name: string, dims: number[], values: ArrayLike<number>): string {
    this.initializers.push(floatTensor(name, dims, values));
    return name;
  }

  number(name: string, value: number): string {
    return this.floats(name, [1], [value]);
  }

  ints(name: string, values: number[]): string {
    this.initializers.push(int64Tensor(name, [values.length], values));
    return name;
  }

  /** Random numbers in [-scale, scale]. */
  weights(name: string, dims: number[], scale: number): string {
    const size = dims.reduce((a, b) => a * b, 1);
    return this.floats(
      name,
      dims,
      Float32Array.from({ length: size }, () => this.random() * scale),
    );
  }

  reshape(input: string, output: string, shape: number[]): string {
    return this.node('Reshape', [input, this.ints(`${output}_shape`, shape)], output);
  }

  slice(input: string, output: string, axis: number, from: number, to: number): string {
    const at = (name: string, value: number) => this.ints(`${output}_${name}`, [value]);
    return this.node('Slice', [input, at('from', from), at('to', to), at('axis', axis)], output);
  }

  cast(input: string, output: string, to: number): string {
    return this.node('Cast', [input], output, { to: { int: to } });
  }

  affine(input: string, output: string, factor: number, term: number): string {
    const scaled = this.node('Mul', [input, this.number(`${output}_factor`, factor)], `${output}_scaled`);
    return this.node('Add', [scaled, this.number(`${output}_term`, term)], output);
  }

  /** A cache's weighted sum for each stream: [N, 1, 1], or [1, 1, 1] where streams cannot share a run. */
  cacheValue({ name, dims, batchAxis, type = 'float32' }: Cache): string {
    this.inputs.push({ name, type, dims: dims.map((dim, axis) => (axis === batchAxis ? 'N' : dim)) });
    const float = type === 'float32' ? name : this.cast(name, `${name}_float`, 1);
    if (type === 'int64') {
      const angle = this.affine(float, `${name}_angle`, 0.37, 0);
      return this.reshape(this.node('Sin', [angle], `${name}_sine`), `${name}_value`, [-1, 1, 1]);
    }
    const weighed = this.node('Mul', [float, this.weights(`${name}_reading`, dims, 1)], `${name}_weighed`);
    const axes = dims.map((_, axis) => axis).filter((axis) => axis !== batchAxis);
    const sum = this.node('ReduceMean', [weighed], `${name}_sum`, { axes: { ints: axes }, keepdims: { int: 0 } });
    return this.reshape(this.affine(sum, `${name}_strong`, 3, 0), `${name}_value`, [-1, 1, 1]);
  }

  /** The next cache: the last one fading, and a pattern of its shape as strong as the stream's summary says.
   *  @param summary [N]
   *  @param advance of a counter */
  renewCache({ name, dims, batchAxis, type = 'float32' }: Cache, summary: string, advance: number): void {
    const next = `next_${name}`;
    this.outputs.push({ name: next, type, dims: dims.map((dim, axis) => (axis === batchAxis ? 'N' : dim)) });
    if (type === 'int64') {
      this.node('Add', [name, this.ints(`${name}_advance`, [advance])], next);
      return;
    }
    const shape = dims.map((_, axis) => (axis === (batchAxis ?? 0) ? -1 : 1));
    const strength = this.reshape(summary, `${name}_strength`, shape);
    const pattern = this.node('Mul', [strength, this.weights(`${name}_writing`, dims, 1)], `${name}_pattern`);
    const faded = this.affine(type === 'float32' ? name : `${name}_float`, `${name}_faded`, 0.6, 0);
    const sum = this.node('Add', [faded, pattern], type === 'float32' ? next : `${next}_float`);
    if (type === 'float16') this.cast(sum, next, 10);
  }

  model(metadata: Record<string, string | number>): OnnxModel {
    const { nodes, initializers, inputs, outputs } = this;
    return {
      opsets: { '': 17 },
      metadata: Object.fromEntries(Object.entries(metadata).map(([key, value]) => [key, `${value}`])),
      graph: { name: 'random', nodes, initializers, inputs, outputs },
    };
  }
}

export interface Body {
  /** [N, outputFrames, width]: about -1 in silence, 0 to 1 in sound */
  groups: string;
  width: number;
  outputFrames: number;
  vocabulary: number;
  caches: Cache[];
  /** further terms of the hidden layer, [N or 1, 1, 1] */
  terms?: string[];
}

/** Random layers from groups of frames and caches to log-probs, silence being the blank (token 0), and from there to the next caches.
 *  The log-probs are the first output. */
export function addBody(graph: GraphBuilder, { groups, width, outputFrames, vocabulary, caches, terms = [] }: Body) {
  const hiddenSize = 20;
  const product = graph.node(
    'MatMul',
    [groups, graph.weights('w_in', [width, hiddenSize], 6 / Math.sqrt(width))],
    'product',
  );
  // Else all frames of a steady sound would be the same token.
  let hidden = graph.node('Add', [product, graph.weights('places', [outputFrames, hiddenSize], 3)], 'placed');
  for (const [i, term] of [...terms, ...caches.map((cache) => graph.cacheValue(cache))].entries()) {
    const spread = graph.node('Mul', [term, graph.weights(`direction_${i}`, [hiddenSize], 1)], `spread_${i}`);
    hidden = graph.node('Add', [hidden, spread], `hidden_${i}`);
  }
  const active = graph.node('Tanh', [hidden], 'active');
  const logits = graph.node('MatMul', [active, graph.weights('w_out', [hiddenSize, vocabulary], 2)], 'spread_logits');
  // The mean of a group pulls the blank: up in silence, down in loud sound.
  const pull = Float32Array.from({ length: width * vocabulary }, (_, i) => (i % vocabulary === 0 ? -45 / width : 0));
  const pulled = graph.node('MatMul', [groups, graph.floats('w_blank', [width, vocabulary], pull)], 'pulled');
  const sum = graph.node('Add', [logits, pulled], 'logits');
  graph.outputs.push({ name: 'log_probs', type: 'float32', dims: ['N', outputFrames, vocabulary] });
  graph.node('LogSoftmax', [sum], 'log_probs', { axis: { int: -1 } });
  const summary = graph.node('ReduceMean', [active], 'summary', { axes: { ints: [1, 2] }, keepdims: { int: 0 } });
  return {
    renew: () => {
      for (const cache of caches)
        graph.renewCache(cache, graph.affine(summary, `${cache.name}_summary`, 3, 0), outputFrames);
    },
  };
}
