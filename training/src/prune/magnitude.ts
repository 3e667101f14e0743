/** A network and its weights go in, the same with its smallest weights at zero comes out. */
import { type ModelSpec, parameterSpecs, placedParameters } from '../model/config.js';

/** In each matrix the share of smallest magnitude becomes zero; biases and filters stay. The graph is as large and as fast as before: ONNX
 *  Runtime multiplies by zeros as by other numbers. Only a compressed file is smaller. */
export function zeroSmallest(spec: ModelSpec, weights: Float32Array, share: number): Float32Array {
  const pruned = weights.slice();
  for (const { name, at, end } of placedParameters(parameterSpecs(spec))) {
    if (!name.endsWith('.weight')) continue;
    const matrix = pruned.subarray(at, end);
    const order = Array.from(matrix, (_, i) => i).sort((a, b) => Math.abs(matrix[a]) - Math.abs(matrix[b]));
    for (const i of order.slice(0, Math.round(share * matrix.length))) matrix[i] = 0;
  }
  return pruned;
}
