/** Batched matrix products: plain ones become `MatMul`, transposed ones ONNX Runtime's `FusedMatMul` where that is wanted, flat ones `Gemm`. */
import { backend_util, type TensorInfo } from '@tensorflow/tfjs';
import { currentTape, emit } from '../backend.js';
import { type Binary, registerTraced } from './register.js';

const reshaped = (x: TensorInfo, shape: number[]) => emit('Reshape', [x, currentTape().indices(shape)], shape, x.dtype);

/** Its last two axes changed places. */
function transposed(x: TensorInfo): TensorInfo {
  const rank = x.shape.length;
  const perm = [...Array.from({ length: rank - 2 }, (_, i) => i), rank - 1, rank - 2];
  return emit(
    'Transpose',
    [x],
    perm.map((axis) => x.shape[axis]),
    x.dtype,
    { perm: { ints: perm } },
  );
}

registerTraced<Binary, { transposeA: boolean; transposeB: boolean }>(
  'BatchMatMul',
  ({ a, b }, { transposeA, transposeB }) => {
    const [rowsA, columnsA] = a.shape.slice(-2);
    const [rowsB, columnsB] = b.shape.slice(-2);
    const rows = transposeA ? columnsA : rowsA;
    const columns = transposeB ? rowsB : columnsB;
    const shape = [
      ...backend_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2)),
      rows,
      columns,
    ];
    if (!transposeA && !transposeB) return emit('MatMul', [a, b], shape, 'float32');
    const flags = { transA: { int: transposeA ? 1 : 0 }, transB: { int: transposeB ? 1 : 0 } };
    // One matrix: Gemm runs on all threads where FusedMatMul splits by batch only.
    if (shape.slice(0, -2).every((size) => size === 1)) {
      const product = emit(
        'Gemm',
        [reshaped(a, [rowsA, columnsA]), reshaped(b, [rowsB, columnsB])],
        [rows, columns],
        'float32',
        flags,
      );
      return reshaped(product, shape);
    }
    if (!currentTape().fusedProducts) {
      const [plainA, plainB] = [transposeA ? transposed(a) : a, transposeB ? transposed(b) : b];
      return emit('MatMul', [plainA, plainB], shape, 'float32');
    }
    return emit('FusedMatMul', [a, b], shape, 'float32', { ...flags, alpha: { float: 1 } }, 'com.microsoft');
  },
);
