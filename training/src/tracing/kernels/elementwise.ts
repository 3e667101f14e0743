/** Elementwise TF.js kernels become the ONNX operators of the same meaning. */
import { backend_util, type DataType, type TensorInfo } from '@tensorflow/tfjs';
import { alias, currentTape, emit } from '../backend.js';
import { type Binary, registerTraced, type Unary } from './register.js';

const ARITHMETIC = {
  Add: 'Add',
  Sub: 'Sub',
  Multiply: 'Mul',
  RealDiv: 'Div',
  Maximum: 'Max',
  Minimum: 'Min',
  Pow: 'Pow',
};
const COMPARISON = {
  Greater: 'Greater',
  GreaterEqual: 'GreaterOrEqual',
  Less: 'Less',
  LessEqual: 'LessOrEqual',
  Equal: 'Equal',
  LogicalAnd: 'And',
  LogicalOr: 'Or',
};
const UNARY = {
  Neg: 'Neg',
  Abs: 'Abs',
  Sign: 'Sign',
  Floor: 'Floor',
  Round: 'Round',
  Sqrt: 'Sqrt',
  Exp: 'Exp',
  Log: 'Log',
  Sigmoid: 'Sigmoid',
  Tanh: 'Tanh',
  Relu: 'Relu',
  Reciprocal: 'Reciprocal',
  LogicalNot: 'Not',
};

const broadcastShape = (a: TensorInfo, b: TensorInfo) => backend_util.assertAndGetBroadcastShape(a.shape, b.shape);

for (const [kernel, op] of Object.entries(ARITHMETIC))
  registerTraced<Binary>(kernel, ({ a, b }) => emit(op, [a, b], broadcastShape(a, b), a.dtype));

for (const [kernel, op] of Object.entries(COMPARISON))
  registerTraced<Binary>(kernel, ({ a, b }) => emit(op, [a, b], broadcastShape(a, b), 'bool'));

for (const [kernel, op] of Object.entries(UNARY))
  registerTraced<Unary>(kernel, ({ x }) => emit(op, [x], x.shape, x.dtype));

registerTraced<Binary>('NotEqual', ({ a, b }) => {
  const shape = broadcastShape(a, b);
  return emit('Not', [emit('Equal', [a, b], shape, 'bool')], shape, 'bool');
});
registerTraced<Binary>('SquaredDifference', ({ a, b }) => {
  const shape = broadcastShape(a, b);
  const difference = emit('Sub', [a, b], shape, a.dtype);
  return emit('Mul', [difference, difference], shape, a.dtype);
});
registerTraced<Unary>('Square', ({ x }) => emit('Mul', [x, x], x.shape, x.dtype));
registerTraced<Unary>('Rsqrt', ({ x }) => emit('Reciprocal', [emit('Sqrt', [x], x.shape, x.dtype)], x.shape, x.dtype));
registerTraced<Unary>('Step', ({ x }) =>
  emit('Cast', [emit('Greater', [x, currentTape().scalar(0)], x.shape, 'bool')], x.shape, x.dtype, { to: { int: 1 } }),
);
registerTraced<Unary>('Identity', ({ x }) => alias(x));

/** ONNX element type codes of the types that TF.js casts between. */
const CAST_CODES: Partial<Record<DataType, number>> = { float32: 1, int32: 6, bool: 9 };
registerTraced<Unary, { dtype: DataType }>('Cast', ({ x }, { dtype }) =>
  x.dtype === dtype ? alias(x) : emit('Cast', [x], x.shape, dtype, { to: { int: CAST_CODES[dtype]! } }),
);

registerTraced<{ condition: TensorInfo; t: TensorInfo; e: TensorInfo }>('Select', ({ condition, t, e }) =>
  emit('Where', [condition, t, e], backend_util.assertAndGetBroadcastShape(t.shape, condition.shape), t.dtype),
);
