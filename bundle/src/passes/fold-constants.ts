/** A graph goes in; what moves the elements of constants alone is done now, and the results are constants. */
import { ELEMENT_BYTES, type OnnxNode, type OnnxTensor } from '../onnx.js';
import { type GraphPass, type GraphView, integersOf, removeUnused, viewOf } from './graph-view.js';

/** Slices, transpositions and reshapes of constants. A slice `[2:3]` of `weight` is called `weight[2:3]`, a
 *  transposed matrix `weight^T` and a reshaped one `weight:96x1x9`, so that the weight can be put together again. */
export const foldConstants: GraphPass = (graph) => {
  const view = viewOf(graph);
  const constants = new Map(view.constants);
  const renamed = new Map<string, string>();
  const nodes = graph.nodes.flatMap((node): OnnxNode[] => {
    const inputs = node.inputs.map((name) => renamed.get(name) ?? name);
    const result = fold({ ...node, inputs }, { ...view, constants });
    if (!result) return [{ ...node, inputs }];
    const isOutput = graph.outputs.some(({ name }) => name === result.name);
    const folded = isOutput ? { ...result, name: `${result.name}/constant` } : result;
    constants.set(folded.name, folded);
    renamed.set(node.outputs[0], folded.name);
    return [];
  });
  // An output of the graph must be made by a node.
  const outputs = graph.outputs.flatMap(({ name }): OnnxNode[] => {
    const source = renamed.get(name);
    return source === undefined
      ? []
      : [{ name, op: 'Identity', domain: '', inputs: [source], outputs: [name], attributes: {} }];
  });
  return removeUnused({ ...graph, nodes: [...nodes, ...outputs], initializers: [...constants.values()] });
};

function fold(node: OnnxNode, view: GraphView): OnnxTensor | undefined {
  const [input] = node.inputs;
  const constant = view.constants.get(input);
  if (!constant || node.domain !== '') return undefined;
  const name = node.outputs[0];
  if (node.op === 'Reshape') {
    const shape = integersOf(view, node.inputs[1]);
    if (!shape) return undefined;
    const dims = inferShape(constant.dims, shape);
    return { ...constant, name: `${constant.name}:${dims.join('x')}`, dims };
  }
  if (node.op === 'Transpose') {
    const { perm } = node.attributes;
    const order = perm && 'ints' in perm ? perm.ints : constant.dims.map((_, i) => i).reverse();
    const dims = order.map((axis) => constant.dims[axis]);
    const steps = order.map((axis) => strideOf(constant.dims, axis));
    const transposed = dims.length === 2 ? `${constant.name}^T` : name;
    return { ...constant, name: transposed, dims, data: gather(constant, dims, steps, 0) };
  }
  if (node.op !== 'Slice') return undefined;
  const [starts, ends, axes, strides] = node.inputs.slice(1).map((value) => integersOf(view, value));
  if (!starts || !ends || (node.inputs.length > 4 && !strides?.every((s) => s === 1))) return undefined;
  const dims = constant.dims.slice();
  let offset = 0;
  const cuts = starts.map((start, i): [axis: number, from: number, to: number] => {
    const axis = axes?.[i] ?? i;
    const at = axis < 0 ? axis + dims.length : axis;
    const bound = (v: number) => Math.min(Math.max(v < 0 ? v + constant.dims[at] : v, 0), constant.dims[at]);
    return [at, bound(start), bound(ends[i])];
  });
  for (const [axis, from, to] of cuts) {
    offset += from * strideOf(constant.dims, axis);
    dims[axis] = Math.max(0, to - from);
  }
  const steps = dims.map((_, axis) => strideOf(constant.dims, axis));
  const [[axis, from, to]] = cuts;
  const sliced = cuts.length === 1 && axis === 0 ? `${input}[${from}:${to}]` : name;
  return { ...constant, name: sliced, dims, data: gather(constant, dims, steps, offset) };
}

/** Elements between neighbours along an axis. */
const strideOf = (dims: readonly number[], axis: number) => dims.slice(axis + 1).reduce((a, b) => a * b, 1);

function gather({ data, type }: OnnxTensor, dims: number[], steps: number[], offset: number): Uint8Array {
  const bytes = ELEMENT_BYTES[type];
  const count = dims.reduce((a, b) => a * b, 1);
  const out = new Uint8Array(count * bytes);
  const at = dims.map(() => 0);
  for (let i = 0; i < count; i++) {
    const source = (offset + at.reduce((sum, index, axis) => sum + index * steps[axis], 0)) * bytes;
    out.set(data.subarray(source, source + bytes), i * bytes);
    for (let axis = dims.length - 1; axis >= 0 && ++at[axis] === dims[axis]; axis--) at[axis] = 0;
  }
  return out;
}

/** ONNX's: 0 keeps a dimension, -1 is what is left. */
function inferShape(dims: readonly number[], shape: readonly number[]): number[] {
  const kept = shape.map((size, i) => (size === 0 ? dims[i] : size));
  const known = kept.filter((size) => size !== -1).reduce((a, b) => a * b, 1);
  const all = dims.reduce((a, b) => a * b, 1);
  return kept.map((size) => (size === -1 ? all / known : size));
}
