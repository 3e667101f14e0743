/** A graph goes in; reshapes of reshapes become one, slices that share out an axis become one `Split`. */
import { int64Tensor, type OnnxNode, type OnnxTensor } from '../onnx.js';
import { type GraphPass, integersOf, isOp, removeUnused, replaceNodes, viewOf } from './graph-view.js';

/** A reshape of a reshape reads the first one's input; the second's shape must not take a size over from its input (0). */
export const mergeReshapes: GraphPass = (graph) => {
  const view = viewOf(graph);
  const nodes = graph.nodes.map((node) => {
    if (!isOp(node, 'Reshape') || integersOf(view, node.inputs[1])?.includes(0) !== false) return node;
    let source = node.inputs[0];
    for (let maker = view.maker(source); isOp(maker, 'Reshape'); maker = view.maker(source)) source = maker.inputs[0];
    return { ...node, inputs: [source, node.inputs[1]] };
  });
  return removeUnused({ ...graph, nodes });
};

/** Slices of one value along one axis that follow each other from its beginning to its end.
 *  @param sizeOf length of a value's axis, where it is known */
export const mergeSlices =
  (sizeOf: (value: string, axis: number) => number | undefined): GraphPass =>
  (graph) => {
    const view = viewOf(graph);
    const added = new Map<string, OnnxTensor>();
    const replaced = new Map<OnnxNode, OnnxNode[]>();
    for (const slices of slicesByAxis(graph.nodes, view).values()) {
      const { value, axis } = slices[0];
      const ordered = slices.sort((a, b) => a.from - b.from);
      const ends = ordered.map(({ to }) => to);
      const adjoin = ordered.every(({ from }, i) => from === (i === 0 ? 0 : ends[i - 1]));
      if (ordered.length < 2 || !adjoin || ends.at(-1) !== sizeOf(value, axis)) continue;
      const lengths = ordered.map(({ from, to }) => to - from);
      const sizes = int64Tensor(`i64[${lengths.join(',')}]`, [lengths.length], lengths);
      added.set(sizes.name, sizes);
      // In the place of the one that comes first: all read a value that was there by then.
      const first = graph.nodes.find((node) => ordered.some((slice) => slice.node === node))!;
      for (const { node } of ordered) replaced.set(node, []);
      replaced.set(first, [
        {
          name: first.name.replace(/Slice(_\d+)?$/, 'Split$1'),
          op: 'Split',
          domain: '',
          inputs: [value, sizes.name],
          outputs: ordered.map(({ node }) => node.outputs[0]),
          attributes: { axis: { int: axis } },
        },
      ]);
    }
    const others = graph.initializers.filter(({ name }) => !added.has(name));
    return removeUnused({ ...replaceNodes(graph, replaced), initializers: [...others, ...added.values()] });
  };

interface Cut {
  node: OnnxNode;
  value: string;
  axis: number;
  from: number;
  to: number;
}

function slicesByAxis(nodes: readonly OnnxNode[], view: ReturnType<typeof viewOf>): Map<string, Cut[]> {
  const found = new Map<string, Cut[]>();
  for (const node of nodes) {
    if (!isOp(node, 'Slice') || node.inputs.length !== 4) continue;
    const [starts, ends, axes] = node.inputs.slice(1).map((value) => integersOf(view, value));
    if (starts?.length !== 1 || ends?.length !== 1 || axes?.length !== 1 || starts[0] < 0 || ends[0] < 0) continue;
    const key = `${axes[0]} ${node.inputs[0]}`;
    const cut = { node, value: node.inputs[0], axis: axes[0], from: starts[0], to: ends[0] };
    const known = found.get(key);
    if (known) known.push(cut);
    else found.set(key, [cut]);
  }
  return found;
}
