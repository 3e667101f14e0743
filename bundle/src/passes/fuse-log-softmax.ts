/** A graph goes in; the six operators that a logarithm of a softmax was traced as become one. */
import type { OnnxNode } from '../onnx.js';
import { type GraphPass, integersOf, isOp, onlyReader, removeUnused, replaceNodes, viewOf } from './graph-view.js';

/** y = (x - max x) - log(sum(exp(x - max x))) over one axis, however often y's parts are read within. */
export const fuseLogSoftmax: GraphPass = (graph) => {
  const view = viewOf(graph);
  const replaced = new Map<OnnxNode, OnnxNode[]>();
  for (const greatest of graph.nodes) {
    if (!isOp(greatest, 'ReduceMax')) continue;
    const axes = integersOf(view, greatest.inputs[1]);
    const shifted = onlyReader(view, greatest.outputs[0]);
    if (axes?.length !== 1 || !isOp(shifted, 'Sub') || shifted.inputs[0] !== greatest.inputs[0]) continue;
    const exponential = view.readers(shifted.outputs[0]).find((node) => isOp(node, 'Exp'));
    const sum = exponential && onlyReader(view, exponential.outputs[0]);
    const logarithm = isOp(sum, 'ReduceSum') ? onlyReader(view, sum.outputs[0]) : undefined;
    const result = isOp(logarithm, 'Log') ? onlyReader(view, logarithm.outputs[0]) : undefined;
    if (!isOp(result, 'Sub') || result.inputs[0] !== shifted.outputs[0]) continue;
    if (view.readers(shifted.outputs[0]).length !== 2 || integersOf(view, sum!.inputs[1])?.join() !== axes.join())
      continue;
    for (const node of [greatest, shifted, exponential!, sum!, logarithm!]) replaced.set(node, []);
    replaced.set(result, [
      {
        name: result.name,
        op: 'LogSoftmax',
        domain: '',
        inputs: [greatest.inputs[0]],
        outputs: result.outputs,
        attributes: { axis: { int: axes[0] } },
      },
    ]);
  }
  return removeUnused(replaceNodes(graph, replaced));
};
