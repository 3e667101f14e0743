/** TF.js kernels that move elements without computing (reshape, transpose, slice, join) become their ONNX counterparts. */
import { backend_util, slice_util, type Tensor, type TensorInfo, util } from '@tensorflow/tfjs';
import { alias, currentTape, emit } from '../backend.js';
import { registerTraced, type Unary } from './register.js';

const reshape = (x: TensorInfo, shape: number[]) => emit('Reshape', [x, currentTape().indices(shape)], shape, x.dtype);

registerTraced<Unary, { shape: number[] }>('Reshape', ({ x }, { shape }) => {
  const full = util.inferFromImplicitShape(shape, util.sizeFromShape(x.shape));
  return util.arraysEqual(full, x.shape) ? alias(x) : reshape(x, full);
});
registerTraced<{ input: TensorInfo }, { dim: number }>('ExpandDims', ({ input }, { dim }) => {
  const at = dim < 0 ? dim + input.shape.length + 1 : dim;
  return reshape(input, input.shape.toSpliced(at, 0, 1));
});
registerTraced<Unary, { perm: number[] }>('Transpose', ({ x }, { perm }) =>
  emit(
    'Transpose',
    [x],
    perm.map((p) => x.shape[p]),
    x.dtype,
    { perm: { ints: perm } },
  ),
);
registerTraced<Unary, { reps: number[] }>('Tile', ({ x }, { reps }) =>
  emit(
    'Tile',
    [x, currentTape().indices(reps)],
    x.shape.map((size, i) => size * reps[i]),
    x.dtype,
  ),
);

/** Slices along the axes that are really cut, so that a free batch axis never appears in the graph. */
function slice(x: TensorInfo, begin: number[], size: number[]): TensorInfo {
  const tape = currentTape();
  const axes = size.flatMap((s, i) => (s === x.shape[i] ? [] : [i]));
  if (axes.length === 0) return alias(x);
  const starts = tape.indices(axes.map((i) => begin[i]));
  const ends = tape.indices(axes.map((i) => begin[i] + size[i]));
  return emit('Slice', [x, starts, ends, tape.indices(axes)], size, x.dtype);
}

registerTraced<Unary, { begin: number[]; size: number[] }>('Slice', ({ x }, { begin, size }) => {
  const [from, extent] = slice_util.parseSliceParams(x as Tensor, begin, size);
  return slice(x, from, extent);
});
registerTraced<Unary, { numOrSizeSplits: number | number[]; axis: number }>(
  'SplitV',
  ({ x }, { numOrSizeSplits, axis }) => {
    const along = util.parseAxisParam(axis, x.shape)[0];
    const sizes = backend_util.prepareSplitSize(x as Tensor, numOrSizeSplits, along);
    let start = 0;
    return sizes.map((length) => {
      const begin = x.shape.map((_, i) => (i === along ? start : 0));
      start += length;
      return slice(x, begin, x.shape.with(along, length));
    });
  },
);
registerTraced<Record<string, TensorInfo>, { axis: number }>('Concat', (inputs, { axis }) => {
  const parts = Object.values(inputs).filter((t) => util.sizeFromShape(t.shape) > 0);
  const along = util.parseAxisParam(axis, parts[0].shape)[0];
  if (parts.length === 1) return alias(parts[0]);
  const length = parts.reduce((sum, t) => sum + t.shape[along], 0);
  return emit('Concat', parts, parts[0].shape.with(along, length), parts[0].dtype, { axis: { int: along } });
});
registerTraced<Unary, { paddings: [number, number][]; constantValue: number }>(
  'PadV2',
  ({ x }, { paddings, constantValue }) => {
    const tape = currentTape();
    const pads = tape.indices([...paddings.map((p) => p[0]), ...paddings.map((p) => p[1])]);
    const shape = x.shape.map((size, i) => size + paddings[i][0] + paddings[i][1]);
    return emit('Pad', [x, pads, tape.scalar(constantValue, x.dtype as 'float32')], shape, x.dtype);
  },
);
