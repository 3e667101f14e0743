/** Two traces of one function at different batch sizes go in, one graph with a free batch axis comes out. */
import { int64Tensor, type OnnxGraph, type OnnxModel, type OnnxNode, type OnnxTensor } from '@auricle/bundle/onnx';
import { trainingError } from '../errors.js';

/** Name of the free axis. */
export const BATCH_AXIS = 'N';

/** Shape constants that differ between the traces are where the batch size entered: a `Reshape` infers them (-1).
 *  @param traceAt traces the function at a batch size; the batch is axis 0 of every input and output
 *  @throws AUR_TRACE_BATCH when the batch size entered anywhere else */
export function traceDynamicBatch(traceAt: (batch: number) => OnnxModel): OnnxModel {
  const [two, three] = [traceAt(2), traceAt(3)];
  const constants = new Map(two.graph.initializers.map((c) => [c.name, c]));
  const others = new Map(three.graph.initializers.map((c) => [c.name, c]));
  if (two.graph.nodes.length !== three.graph.nodes.length)
    throw trainingError('AUR_TRACE_BATCH', { node: 'the number of nodes' });

  const nodes = two.graph.nodes.map((node, i): OnnxNode => {
    const twin = three.graph.nodes[i];
    const inputs = node.inputs.map((input, at) => {
      const [mine, theirs] = [constants.get(input), others.get(twin.inputs[at])];
      if (!mine || !theirs || sameBytes(mine.data, theirs.data)) return input;
      if (node.op !== 'Reshape' || at !== 1) throw trainingError('AUR_TRACE_BATCH', { node: node.name });
      const inferred = inferringShape(mine, theirs, node.name);
      constants.set(inferred.name, inferred);
      return inferred.name;
    });
    return { ...node, inputs };
  });
  const used = new Set(nodes.flatMap((n) => n.inputs));
  const free = (values: OnnxGraph['inputs']) => values.map((v) => ({ ...v, dims: [BATCH_AXIS, ...v.dims.slice(1)] }));
  return {
    ...two,
    graph: {
      ...two.graph,
      nodes,
      initializers: [...constants.values()].filter((c) => used.has(c.name)),
      inputs: free(two.graph.inputs),
      outputs: free(two.graph.outputs),
    },
  };
}

const sameBytes = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;

function inferringShape(two: OnnxTensor, three: OnnxTensor, node: string): OnnxTensor {
  const [a, b] = [two, three].map(({ data }) => [...new BigInt64Array(new Uint8Array(data).buffer)].map(Number));
  const shape = a.map((size, i) => (size === b[i] ? size : -1));
  if (shape.filter((size) => size === -1).length > 1) throw trainingError('AUR_TRACE_BATCH', { node });
  return int64Tensor(`i64[${shape.join(',')}]`, [shape.length], shape);
}
