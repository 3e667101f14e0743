/** A float model goes in, the same in operators that every ONNX converter knows comes out: ONNX Runtime's own are taken apart, the operator set is one that
 *  they have caught up with, the batch is one stream. */

import { floatTensor, type OnnxModel, type OnnxNode, type OnnxTensor } from '../onnx.js';
import { onnxError } from '../onnx-errors.js';
import { type GraphView, integersOf, removeUnused, viewOf } from './graph-view.js';

const OWN = 'com.microsoft';
/** The last before reductions took their axes as inputs. */
const OPSET = 17;
/** All but `ReduceSum`, which had them so before. */
const REDUCTIONS = new Set(['ReduceMax', 'ReduceMean', 'ReduceMin', 'ReduceProd']);

/** @param source names the model in errors
 *  @throws AUR_ONNX_UNSUPPORTED for an operator that only ONNX Runtime has, as integer products are */
export function portableModel(model: OnnxModel, source: string): OnnxModel {
  const constants = new Map<string, OnnxTensor>();
  const graph = removeUnused(model.graph);
  const view = viewOf(graph);
  const nodes = graph.nodes.flatMap((node) => {
    if (node.domain === '') return [REDUCTIONS.has(node.op) ? withAxes(node, view) : node];
    const apart = node.domain === OWN ? PARTS[node.op] : undefined;
    if (!apart) throw onnxError('AUR_ONNX_UNSUPPORTED', { source, thing: `${node.domain}:${node.op} elsewhere` });
    return apart(node, constants);
  });
  const alone = (values: OnnxModel['graph']['inputs']) =>
    values.map((value) => ({ ...value, dims: value.dims.map((dim, axis) => (axis === 0 ? 1 : dim)) }));
  return {
    ...model,
    opsets: { '': Math.min(model.opsets[''], OPSET) },
    graph: {
      ...graph,
      nodes,
      initializers: [...graph.initializers, ...constants.values()],
      inputs: alone(graph.inputs),
      outputs: alone(graph.outputs),
    },
  };
}

/** With its axes as an attribute. */
function withAxes(node: OnnxNode, view: GraphView): OnnxNode {
  const axes = integersOf(view, node.inputs[1]);
  if (!axes) return node;
  return { ...node, inputs: node.inputs.slice(0, 1), attributes: { ...node.attributes, axes: { ints: axes } } };
}

const PARTS: Record<string, (node: OnnxNode, constants: Map<string, OnnxTensor>) => OnnxNode[]> = {
  /** x · sigmoid(alpha · x) */
  QuickGelu(node, constants) {
    const [x] = node.inputs;
    const [scaled, alpha] = scaledBy(node, x, constants);
    const gate = part(node, 'Sigmoid', [scaled]);
    return [...alpha, gate, { ...node, op: 'Mul', domain: '', inputs: [x, gate.name], attributes: {} }];
  },
  /** alpha · a · b, either of them transposed in its last two axes; of products of three axes here */
  FusedMatMul(node, constants) {
    const flipped = node.inputs.map((input, i) =>
      intOf(node, i === 0 ? 'transA' : 'transB') ? part(node, `Transpose_${i}`, [input]) : undefined,
    );
    const moves = flipped.flatMap((move) =>
      move ? [{ ...move, op: 'Transpose', attributes: { perm: { ints: [0, 2, 1] } } }] : [],
    );
    const [a, b] = node.inputs.map((input, i) => flipped[i]?.name ?? input);
    const [scaled, alpha] = scaledBy(node, a, constants);
    return [...moves, ...alpha, { ...node, op: 'MatMul', domain: '', inputs: [scaled, b], attributes: {} }];
  },
};

const part = (node: OnnxNode, op: string, inputs: string[]): OnnxNode => {
  const name = `${node.name}/${op}`;
  return { name, op, domain: '', inputs, outputs: [name], attributes: {} };
};

const intOf = ({ attributes }: OnnxNode, name: string) => {
  const attribute = attributes[name];
  return attribute && 'int' in attribute ? attribute.int : 0;
};

/** A value times the node's `alpha`; no node where that is 1. */
function scaledBy(node: OnnxNode, value: string, constants: Map<string, OnnxTensor>): [string, OnnxNode[]] {
  const { alpha } = node.attributes;
  const factor = alpha && 'float' in alpha ? alpha.float : 1;
  if (factor === 1) return [value, []];
  const constant = floatTensor(`float32(${factor})`, [], [factor]);
  constants.set(constant.name, constant);
  const product = part(node, 'Mul', [value, constant.name]);
  return [product.name, [product]];
}
