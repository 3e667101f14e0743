/** A traced model goes in, the same arithmetic in fewer and larger operators comes out. */
import type { OnnxGraph, OnnxModel } from '../onnx.js';
import { foldConstants } from './fold-constants.js';
import { fuseLogSoftmax } from './fuse-log-softmax.js';
import { fuseFactors, fuseLinear } from './fuse-products.js';
import { type GraphPass, isOp, viewOf } from './graph-view.js';
import { mergeReshapes, mergeSlices } from './merge-moves.js';

/** Folds constants, fuses operators and leaves nothing that no output needs. Names and values of weights stay as they are, but for weights
 *  that are only read row by row: these become a constant a row, `name[0:1]`.
 *  @param isMatrix whether a value that a product reads has two axes; what is traced from our network has no others there */
export function cleanModel(model: OnnxModel, isMatrix: (value: string) => boolean = () => true): OnnxModel {
  const passes: GraphPass[] = [
    foldConstants,
    fuseLogSoftmax,
    fuseLinear(isMatrix),
    fuseFactors,
    mergeReshapes,
    (graph) => mergeSlices(knownSizes(graph))(graph),
  ];
  return { ...model, graph: passes.reduce((graph, pass) => pass(graph), model.graph) };
}

/** Of the graph's inputs, and the columns that a `Gemm` makes. */
function knownSizes(graph: OnnxGraph) {
  const view = viewOf(graph);
  const inputs = new Map(graph.inputs.map(({ name, dims }) => [name, dims]));
  return (value: string, axis: number): number | undefined => {
    const size = inputs.get(value)?.[axis];
    if (typeof size === 'number') return size;
    const maker = view.maker(value);
    return isOp(maker, 'Gemm') && axis === 1 ? view.constants.get(maker.inputs[1])?.dims[1] : undefined;
  };
}
