/** Tensors of one repeated value become an ONNX `Expand` of a scalar. */
import type { DataType, TensorInfo } from '@tensorflow/tfjs';
import { currentTape, emit } from '../backend.js';
import { registerTraced, type Unary } from './register.js';

export function filled(value: number, shape: number[], type: DataType): TensorInfo {
  const tape = currentTape();
  return emit('Expand', [tape.scalar(value, type as 'float32' | 'int32' | 'bool'), tape.indices(shape)], shape, type);
}

registerTraced<Unary>('ZerosLike', ({ x }) => filled(0, x.shape, x.dtype));
registerTraced<Unary>('OnesLike', ({ x }) => filled(1, x.shape, x.dtype));
registerTraced<Record<string, never>, { shape: number[]; value: number; dtype?: DataType }>(
  'Fill',
  (_, { shape, value, dtype }) => filled(value, shape, dtype ?? 'float32'),
);
