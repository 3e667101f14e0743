/** CTC loss and gradient as ONNX nodes: one `Scan` over the frames, forward and backward at once. */
import type { OnnxGraph, OnnxNode, OnnxValue } from '@auricle/bundle/onnx';
import type { TensorInfo } from '@tensorflow/tfjs';
import { CTC_KERNEL, type CtcInputs } from '../../operators/ctc-loss.js';
import { currentTape, emit, emitMany, nameOf } from '../backend.js';
import { registerTraced } from './register.js';

/** Every node of a CTC loss has this in its name's path. */
export const CTC_SCOPE = 'ctc';

/** Stands for log 0: far below any path, and still finite when a few are added. */
const LOG_ZERO = -1e30;
/** Losses above this come from `LOG_ZERO`: no path fits. */
const NO_PATH = 1e20;

registerTraced<CtcInputs & Record<string, TensorInfo>, { blank: number }>(CTC_KERNEL, (inputs, { blank }) =>
  currentTape().scoped(CTC_SCOPE, () => ctcNodes(inputs, blank)),
);

function ctcNodes(inputs: CtcInputs, blank: number): TensorInfo[] {
  const { logits, labels, labelLengths, frameLengths } = inputs;
  const tape = currentTape();
  const [batch, frames, vocabulary] = logits.shape;
  const slots = labels.shape[1];
  const states = 2 * slots + 1;
  const zero = tape.scalar(0);
  const logZero = tape.scalar(LOG_ZERO);
  const range = (name: string, shape: number[]) =>
    tape.constant({ name, shape, type: 'int32', values: Array.from({ length: Math.max(...shape) }, (_, i) => i) });
  const reshaped = (x: TensorInfo, shape: number[]) => emit('Reshape', [x, tape.indices(shape)], shape, x.dtype);
  const blanks = (count: number[]) =>
    emit('Expand', [tape.scalar(blank, 'int32'), tape.indices(count)], count, 'int32');

  // The labels with blanks between and around them, [batch, states].
  const pairs = emit(
    'Concat',
    [blanks([batch, slots, 1]), reshaped(labels, [batch, slots, 1])],
    [batch, slots, 2],
    'int32',
    {
      axis: { int: 2 },
    },
  );
  const path = emit('Concat', [reshaped(pairs, [batch, 2 * slots]), blanks([batch, 1])], [batch, states], 'int32', {
    axis: { int: 1 },
  });
  const tokens = range(`range[1,1,${vocabulary}]`, [1, 1, vocabulary]);
  const isToken = emit('Equal', [reshaped(path, [batch, states, 1]), tokens], [batch, states, vocabulary], 'bool');
  const oneHot = emit('Cast', [isToken], [batch, states, vocabulary], 'float32', { to: { int: 1 } });

  // A label may follow the one before it without a blank unless both are equal.
  const cut = (from: number, to: number) =>
    emit('Slice', [path, tape.indices([from]), tape.indices([to]), tape.indices([1])], [batch, states - 2], 'int32');
  const same = emit('Equal', [cut(2, states), cut(0, states - 2)], [batch, states - 2], 'bool');
  const skip = emit('Where', [same, logZero, zero], [batch, states - 2], 'float32');
  const edge = emit('Expand', [logZero, tape.indices([batch, 2])], [batch, 2], 'float32');
  const along = { axis: { int: 1 } };
  const skipForward = emit('Concat', [edge, skip], [batch, states], 'float32', along);
  const skipBackward = emit('Concat', [skip, edge], [batch, states], 'float32', along);

  // Before the first frame a path stands at state 0; after the last at its final blank.
  const state = range(`range[1,${states}]`, [1, states]);
  const logOf = (condition: TensorInfo, shape: number[]) => emit('Where', [condition, zero, logZero], shape, 'float32');
  const isFirst = emit('Equal', [state, tape.scalar(0, 'int32')], [1, states], 'bool');
  const first = emit(
    'Expand',
    [logOf(isFirst, [1, states]), tape.indices([batch, states])],
    [batch, states],
    'float32',
  );
  const end = reshaped(emit('Mul', [labelLengths, tape.scalar(2, 'int32')], [batch], 'int32'), [batch, 1]);
  const isFinalBlank = emit('Equal', [state, end], [batch, states], 'bool');
  const lastLabel = emit('Sub', [end, tape.scalar(1, 'int32')], [batch, 1], 'int32');
  const isLastLabel = emit('Equal', [state, lastLabel], [batch, states], 'bool');
  const last = logOf(isFinalBlank, [batch, states]);
  const final = logOf(emit('Or', [isFinalBlank, isLastLabel], [batch, states], 'bool'), [batch, states]);

  const time = range(`range[${frames},1,1]`, [frames, 1, 1]);
  const active = emit('Less', [time, reshaped(frameLengths, [1, batch, 1])], [frames, batch, 1], 'bool');

  const logProbs = emit('LogSoftmax', [logits], logits.shape, 'float32', { axis: { int: 2 } });
  const emissions = emit(
    'FusedMatMul',
    [logProbs, oneHot],
    [batch, frames, states],
    'float32',
    { transA: { int: 0 }, transB: { int: 1 }, alpha: { float: 1 } },
    'com.microsoft',
  );
  const framesFirst = emit('Transpose', [emissions], [frames, batch, states], 'float32', { perm: { ints: [1, 0, 2] } });
  // States of padding labels lead nowhere; left in, a likely one would be the best state, and the others lose their digits
  // against it.
  const isPadding = emit('Greater', [state, end], [batch, states], 'bool');
  const mask = emit('Where', [isPadding, logZero, zero], [batch, states], 'float32');
  const byTime = emit('Add', [framesFirst, mask], [frames, batch, states], 'float32');

  // From the end the recursion is that from the start, with time and states turned round: as further rows of one sweep it costs little
  // more, for a frame's time goes into starting its operators.
  const rows = 2 * batch;
  const turned = (x: TensorInfo, ...axes: number[]) =>
    emit(
      'Slice',
      [
        x,
        tape.indices(axes.map((axis) => x.shape[axis] - 1)),
        tape.indices(axes.map((axis) => -1 - x.shape[axis])),
        tape.indices(axes),
        tape.indices(axes.map(() => -1)),
      ],
      x.shape,
      x.dtype,
    );
  const bothWays = (forward: TensorInfo, backward: TensorInfo, axis: number) =>
    emit(
      'Concat',
      [forward, backward],
      forward.shape.map((size, i) => (i === axis ? 2 * size : size)),
      forward.dtype,
      { axis: { int: axis } },
    );
  const half = (x: TensorInfo, index: number, axis: number) =>
    emit(
      'Slice',
      [x, tape.indices([index * batch]), tape.indices([(index + 1) * batch]), tape.indices([axis])],
      x.shape.map((size, i) => (i === axis ? batch : size)),
      x.dtype,
    );
  const [reachedBoth, reach, peaks] = emitMany(
    'Scan',
    [
      bothWays(first, turned(last, 1), 0),
      bothWays(byTime, turned(byTime, 0, 2), 1),
      bothWays(active, turned(active, 0), 1),
    ],
    [
      { shape: [rows, states], type: 'float32' },
      { shape: [frames, rows, states], type: 'float32' },
      { shape: [frames, rows, 1], type: 'float32' },
    ],
    {
      body: { graph: sweepBody(nameOf(bothWays(skipForward, turned(skipBackward, 1), 0)), [rows, states]) },
      num_scan_inputs: { int: 2 },
    },
  );
  const reached = half(reachedBoth, 0, 0);
  const scales = half(peaks, 0, 1);
  const alpha = half(reach, 0, 1);
  const beta = turned(half(reach, 1, 1), 0, 2);

  // loss = -(sum of the frames' scales + log of what reached a final state)
  const finals = emit('Add', [reached, final], [batch, states], 'float32');
  const logFinal = emit('ReduceLogSumExp', [finals, tape.indices([1])], [batch], 'float32', { keepdims: { int: 0 } });
  const scale = emit('ReduceSum', [scales, tape.indices([0, 2])], [batch], 'float32', { keepdims: { int: 0 } });
  const loss = emit('Neg', [emit('Add', [logFinal, scale], [batch], 'float32')], [batch], 'float32');
  const fits = emit('Less', [loss, tape.scalar(NO_PATH)], [batch], 'bool');
  const losses = emit('Where', [fits, loss, tape.scalar(Number.POSITIVE_INFINITY)], [batch], 'float32');

  // Occupancy of each state at each frame sums to 1, so a softmax needs no total and loses no digits over long utterances.
  const both = emit(
    'Sub',
    [emit('Add', [alpha, beta], [frames, batch, states], 'float32'), byTime],
    [frames, batch, states],
    'float32',
  );
  const occupancy = emit('Softmax', [both], [frames, batch, states], 'float32', { axis: { int: 2 } });
  const byRow = emit('Transpose', [occupancy], [batch, frames, states], 'float32', { perm: { ints: [1, 0, 2] } });
  const occupied = emit('MatMul', [byRow, oneHot], logits.shape, 'float32');
  const difference = emit('Sub', [emit('Exp', [logProbs], logits.shape, 'float32'), occupied], logits.shape, 'float32');
  const activeRows = emit('Transpose', [active], [batch, frames, 1], 'bool', { perm: { ints: [1, 0, 2] } });
  const counts = emit('And', [activeRows, reshaped(fits, [batch, 1, 1])], [batch, frames, 1], 'bool');
  const gradient = emit('Where', [counts, difference, zero], logits.shape, 'float32');
  return [losses, gradient];
}

/** One frame of the recursion: log-add of staying, moving on and skipping a blank, plus the emission, scaled so that the best state is 0.
 *  Frames that are not active leave everything as it is. */
function sweepBody(skips: string, [rows, states]: [number, number]): OnnxGraph {
  const tape = currentTape();
  const edge = tape.constant({
    name: `log_zero[${rows},2]`,
    shape: [rows, 2],
    type: 'float32',
    values: new Float32Array(rows * 2).fill(LOG_ZERO),
  });
  const zero = tape.scalar(0);
  const axis = tape.indices([1]);
  const prefix = `${CTC_SCOPE}/${tape.freshName('sweep')}`;
  const local = (name: string) => `${prefix}/${name}`;
  const nodes: OnnxNode[] = [];
  const node = (op: string, inputs: string[], output: string, attributes: OnnxNode['attributes'] = {}) => {
    nodes.push({ name: local(output), op, domain: '', inputs, outputs: [local(output)], attributes });
    return local(output);
  };
  const before = local('before');
  const padded = node('Concat', [edge, before], 'padded', { axis: { int: 1 } });
  const shifted = (by: number) =>
    node('Slice', [padded, tape.indices([2 - by]), tape.indices([2 - by + states]), axis], `shift${by}`);
  const moved = shifted(1);
  const skipped = node('Add', [shifted(2), skips], 'skipped');
  const ways = [before, moved, skipped];
  const best = node('Max', ways, 'best');
  const terms = ways.map((way, i) => node('Exp', [node('Sub', [way, best], `relative${i}`)], `term${i}`));
  const summed = node('Add', [node('Log', [node('Sum', terms, 'sum')], 'log'), best], 'summed');
  const emitted = node('Add', [summed, local('emission')], 'emitted');
  const peak = node('ReduceMax', [emitted, axis], 'peak', { keepdims: { int: 1 } });
  node('Where', [local('active'), node('Sub', [emitted, peak], 'scaled'), before], 'after');
  node('Identity', [local('after')], 'row');
  node('Where', [local('active'), peak, zero], 'scale');
  const value = (name: string, dims: number[], type: OnnxValue['type'] = 'float32'): OnnxValue => ({
    name: local(name),
    type,
    dims,
  });
  return {
    name: prefix,
    nodes,
    initializers: [],
    inputs: [value('before', [rows, states]), value('emission', [rows, states]), value('active', [rows, 1], 'bool')],
    outputs: [value('after', [rows, states]), value('row', [rows, states]), value('scale', [rows, 1])],
  };
}
