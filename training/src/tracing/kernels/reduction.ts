/** TF.js reductions and the softmax family become ONNX reductions over the same axes. */
import { type TensorInfo, util } from '@tensorflow/tfjs';
import { currentTape, emit } from '../backend.js';
import { registerTraced, type Unary } from './register.js';

const REDUCTIONS = { Sum: 'ReduceSum', Mean: 'ReduceMean', Max: 'ReduceMax', Min: 'ReduceMin', Prod: 'ReduceProd' };

// TF.js calls the axes of Max alone `reductionIndices`.
for (const [kernel, op] of Object.entries(REDUCTIONS))
  registerTraced<Unary, { axis: number[]; reductionIndices: number[]; keepDims?: boolean }>(
    kernel,
    ({ x }, attributes) => {
      const { axis, reductionIndices, keepDims } = attributes;
      const axes = util.parseAxisParam(reductionIndices ?? axis, x.shape);
      const shape = x.shape.flatMap((size, i) => (axes.includes(i) ? (keepDims ? [1] : []) : [size]));
      return emit(op, [x, currentTape().indices(axes)], shape, x.dtype, { keepdims: { int: keepDims ? 1 : 0 } });
    },
  );

registerTraced<{ logits: TensorInfo }, { dim: number }>('Softmax', ({ logits }, { dim }) =>
  emit('Softmax', [logits], logits.shape, 'float32', { axis: { int: dim } }),
);
registerTraced<{ logits: TensorInfo }, { axis: number }>('LogSoftmax', ({ logits }, { axis }) =>
  emit('LogSoftmax', [logits], logits.shape, 'float32', { axis: { int: axis } }),
);
