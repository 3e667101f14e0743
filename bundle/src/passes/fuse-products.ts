/** A graph goes in; products with a constant matrix take in their bias and factor (`Gemm`), products of two activations their factor. */
import type { OnnxGraph, OnnxNode } from '../onnx.js';
import {
  type GraphPass,
  type GraphView,
  isOp,
  numberOf,
  onlyReader,
  removeUnused,
  replaceNodes,
  viewOf,
} from './graph-view.js';

/** `MatMul` of rows with a constant matrix, its `Add` of a bias and a `Mul` by a number after that become one `Gemm`, called after the
 *  layer: `block0.attention.out.weight` gives `block0/attention/out`. Only for activations that are matrices: `Gemm` takes nothing else.
 *  @param isMatrix whether an activation has two axes */
export const fuseLinear =
  (isMatrix: (value: string) => boolean): GraphPass =>
  (graph) => {
    const view = viewOf(graph);
    const replaced = new Map<OnnxNode, OnnxNode[]>();
    const names = new Set(graph.nodes.map(({ name }) => name));
    for (const product of graph.nodes) {
      const [input, weight] = product.inputs;
      if (!isOp(product, 'MatMul') || view.constants.get(weight)?.dims.length !== 2 || !isMatrix(input)) continue;
      const sum = onlyReader(view, product.outputs[0]);
      const bias = isOp(sum, 'Add') ? sum.inputs.find((name) => name !== product.outputs[0]) : undefined;
      if (!sum || view.constants.get(bias ?? '')?.dims.length !== 1) continue;
      const scaled = scalarProduct(view, onlyReader(view, sum.outputs[0]), sum.outputs[0]);
      const last = scaled?.node ?? sum;
      const factor = scaled?.factor ?? 1;
      const name = freshName(names, layerOf(weight) ?? product.name);
      const gemm: OnnxNode = {
        name,
        op: 'Gemm',
        domain: '',
        inputs: [input, weight, bias!],
        outputs: last.outputs,
        attributes: factor === 1 ? {} : { alpha: { float: factor }, beta: { float: factor } },
      };
      for (const node of [product, sum]) replaced.set(node, []);
      replaced.set(last, [gemm]);
    }
    return removeUnused(replaceNodes(graph, replaced));
  };

/** `x.y.weight` -> `x/y` */
function layerOf(weight: string): string | undefined {
  return weight.endsWith('.weight') ? weight.slice(0, -'.weight'.length).replaceAll('.', '/') : undefined;
}

function freshName(taken: Set<string>, wanted: string): string {
  let name = wanted;
  for (let i = 2; taken.has(name); i++) name = `${wanted}_${i}`;
  taken.add(name);
  return name;
}

function scalarProduct(view: GraphView, node: OnnxNode | undefined, value: string) {
  if (!isOp(node, 'Mul')) return undefined;
  const factor = numberOf(
    view,
    node.inputs.find((name) => name !== value),
  );
  return factor === undefined ? undefined : { node, factor };
}

const MOVES = new Set(['Reshape', 'Transpose']);

/** A `Mul` by a number whose result is only moved about before a `FusedMatMul` reads it becomes that product's factor. */
export const fuseFactors: GraphPass = (graph) => {
  const view = viewOf(graph);
  const replaced = new Map<OnnxNode, OnnxNode[]>();
  const renamed = new Map<string, string>();
  for (const node of graph.nodes) {
    const value = node.inputs.find((name) => numberOf(view, name) === undefined);
    const scaled = value === undefined ? undefined : scalarProduct(view, node, value);
    if (!scaled) continue;
    let reader = onlyReader(view, node.outputs[0]);
    while (reader && reader.domain === '' && MOVES.has(reader.op)) reader = onlyReader(view, reader.outputs[0]);
    if (!isOp(reader, 'FusedMatMul', 'com.microsoft') || replaced.has(reader)) continue;
    const alpha = reader.attributes.alpha && 'float' in reader.attributes.alpha ? reader.attributes.alpha.float : 1;
    replaced.set(node, []);
    replaced.set(reader, [
      { ...reader, attributes: { ...reader.attributes, alpha: { float: alpha * scaled.factor } } },
    ]);
    renamed.set(node.outputs[0], value!);
  }
  return removeUnused(renameInputs(replaceNodes(graph, replaced), renamed));
};

function renameInputs(graph: OnnxGraph, renamed: ReadonlyMap<string, string>): OnnxGraph {
  const nodes = graph.nodes.map((node) => ({ ...node, inputs: node.inputs.map((name) => renamed.get(name) ?? name) }));
  return { ...graph, nodes };
}
