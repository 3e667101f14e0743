/** A float graph goes in, the same graph with int8 weights comes out. */
import { floatTensor, floatValues, type OnnxModel, type OnnxNode, type OnnxTensor } from '@auricle/bundle/onnx';

/** Smaller weights are not worth the conversion of their inputs. */
const SMALLEST = 1024;

/** Dynamic quantisation: weights as int8 with a scale for each output channel, inputs quantised as they come (ONNX Runtime's
 *  DynamicQuantizeMatMul), sums in int32. Products with a constant [inputs, outputs] matrix change; all else stays.
 *  @returns the new model and the names of the changed weights */
export function quantiseDynamic(model: OnnxModel): { model: OnnxModel; quantised: string[] } {
  const constants = new Map(model.graph.initializers.map((c) => [c.name, c]));
  const added = new Map<string, OnnxTensor>();
  const quantised: string[] = [];
  const nodes = model.graph.nodes.map((node): OnnxNode => {
    const weight = node.op === 'MatMul' ? constants.get(node.inputs[1]) : undefined;
    if (weight?.type !== 'float32' || weight.dims.length !== 2 || weight.data.byteLength / 4 < SMALLEST) return node;
    const parts = quantiseColumns(weight);
    for (const part of parts) added.set(part.name, part);
    quantised.push(weight.name);
    return {
      ...node,
      op: 'DynamicQuantizeMatMul',
      domain: 'com.microsoft',
      inputs: [node.inputs[0], ...parts.map((p) => p.name)],
    };
  });
  const used = new Set(nodes.flatMap((n) => n.inputs));
  const initializers = [...constants.values(), ...added.values()].filter((c) => used.has(c.name));
  return { model: { ...model, graph: { ...model.graph, nodes, initializers } }, quantised };
}

/** Symmetric int8 by column: the largest magnitude of a column becomes 127.
 *  @returns weights, scales and zero points */
function quantiseColumns({ name, dims, ...weight }: OnnxTensor): [OnnxTensor, OnnxTensor, OnnxTensor] {
  const [rows, columns] = dims;
  const values = floatValues({ name, dims, ...weight });
  const scales = new Float32Array(columns);
  for (let i = 0; i < values.length; i++)
    scales[i % columns] = Math.max(scales[i % columns], Math.abs(values[i]) / 127);
  const integers = new Int8Array(rows * columns);
  for (let i = 0; i < values.length; i++)
    integers[i] = scales[i % columns] === 0 ? 0 : Math.round(values[i] / scales[i % columns]);
  return [
    { name: `${name}.int8`, type: 'int8', dims, data: new Uint8Array(integers.buffer) },
    floatTensor(`${name}.scale`, [columns], scales),
    { name: `${name}.zero`, type: 'int8', dims: [columns], data: new Uint8Array(columns) },
  ];
}
