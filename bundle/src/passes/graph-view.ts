/** A graph goes in, who makes and who reads each of its values comes out; what nothing reads is taken out. */
import type { OnnxGraph, OnnxNode, OnnxTensor } from '../onnx.js';

/** A pass: a graph goes in, one that computes the same comes out. */
export type GraphPass = (graph: OnnxGraph) => OnnxGraph;

/** Names that a node reads, those that the bodies of its loops read from outside included. */
export function valuesRead(node: OnnxNode): string[] {
  const bodies = Object.values(node.attributes).flatMap((a) => ('graph' in a ? a.graph.nodes : []));
  return [...node.inputs.filter((name) => name !== ''), ...bodies.flatMap(valuesRead)];
}

/** The graph without the nodes and constants that none of its outputs needs, and without the last outputs of nodes that nothing reads. */
export const removeUnused: GraphPass = (graph) => {
  const wanted = new Set(graph.outputs.map(({ name }) => name));
  const live: OnnxNode[] = [];
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((name) => wanted.has(name))) continue;
    live.push({ ...node, outputs: node.outputs.slice(0, node.outputs.findLastIndex((name) => wanted.has(name)) + 1) });
    for (const name of valuesRead(node)) wanted.add(name);
  }
  return {
    ...graph,
    nodes: live.reverse(),
    initializers: graph.initializers.filter(({ name }) => wanted.has(name)),
  };
};

export interface GraphView {
  /** name -> constant */
  constants: ReadonlyMap<string, OnnxTensor>;
  /** the node that makes a value; undefined for constants and inputs of the graph */
  maker: (value: string) => OnnxNode | undefined;
  /** nodes that read a value; a graph output counts as one more that is undefined */
  readers: (value: string) => (OnnxNode | undefined)[];
}

export function viewOf(graph: OnnxGraph): GraphView {
  const makers = new Map(graph.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const readers = new Map<string, (OnnxNode | undefined)[]>();
  const add = (name: string, node: OnnxNode | undefined) => {
    const known = readers.get(name);
    if (known) known.push(node);
    else readers.set(name, [node]);
  };
  for (const node of graph.nodes) for (const name of new Set(valuesRead(node))) add(name, node);
  for (const { name } of graph.outputs) add(name, undefined);
  return {
    constants: new Map(graph.initializers.map((constant) => [constant.name, constant])),
    maker: (value) => makers.get(value),
    readers: (value) => readers.get(value) ?? [],
  };
}

/** The one node that reads a value; undefined where there are more, or the value is an output of the graph. */
export function onlyReader(view: GraphView, value: string): OnnxNode | undefined {
  const readers = view.readers(value);
  return readers.length === 1 ? readers[0] : undefined;
}

/** The whole numbers of an int64 constant, undefined where the value is no such constant. */
export function integersOf(view: GraphView, value: string | undefined): number[] | undefined {
  const constant = value === undefined ? undefined : view.constants.get(value);
  if (constant?.type !== 'int64') return undefined;
  return Array.from(new BigInt64Array(new Uint8Array(constant.data).buffer), Number);
}

/** The number of a float constant of one element. */
export function numberOf(view: GraphView, value: string | undefined): number | undefined {
  const constant = value === undefined ? undefined : view.constants.get(value);
  if (constant?.type !== 'float32' || constant.data.byteLength !== 4) return undefined;
  return new DataView(constant.data.buffer, constant.data.byteOffset).getFloat32(0, true);
}

export const isOp = (node: OnnxNode | undefined, op: string, domain = ''): node is OnnxNode =>
  node?.op === op && node.domain === domain;

/** Replaces nodes: each of `replaced` by what stands for it, or by nothing. The order of the others is kept. */
export function replaceNodes(graph: OnnxGraph, replaced: ReadonlyMap<OnnxNode, readonly OnnxNode[]>): OnnxGraph {
  return { ...graph, nodes: graph.nodes.flatMap((node) => replaced.get(node) ?? [node]) };
}
