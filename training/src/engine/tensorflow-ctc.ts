/** CTC loss and gradient on TensorFlow: its own operator, which TF.js does not have, in double precision. */
import * as tf from '@tensorflow/tfjs';
import { CTC_KERNEL, type CtcInputs } from '../operators/ctc-loss.js';
import {
  type NativeAttribute,
  type NativeTensor,
  TENSORFLOW_BACKEND,
  type TensorflowBackend,
} from './tensorflow-package.js';

/** TensorFlow's numbers for its types. */
const FLOAT = 1;
const DOUBLE = 2;
const INT32 = 3;
const BOOL = 10;
const INT64 = 9;

tf.registerKernel({
  kernelName: CTC_KERNEL,
  backendName: TENSORFLOW_BACKEND,
  kernelFunc: ({ inputs, attrs, backend }) =>
    tf.tidy(() =>
      ctcOnDevice(
        backend as TensorflowBackend,
        inputs as unknown as CtcInputs<tf.Tensor>,
        (attrs as unknown as { blank: number }).blank,
      ),
    ),
});

function ctcOnDevice(
  backend: TensorflowBackend,
  { logits, labels, labelLengths, frameLengths }: CtcInputs<tf.Tensor>,
  blank: number,
) {
  const [batch, frames, vocabulary] = logits.shape;
  const slots = labels.shape[1]!;
  const column = (x: tf.Tensor) => tf.reshape(x, [batch, 1]);
  const isLabel = tf.less(positions(slots), column(labelLengths));
  const isFrame = tf.less(positions(frames), column(frameLengths));

  // A label takes a frame, and equal neighbours a blank between them.
  const repeated = tf.logicalAnd(
    tf.equal(tf.slice(labels, [0, 1], [batch, slots - 1]), tf.slice(labels, [0, 0], [batch, slots - 1])),
    tf.slice(isLabel, [0, 1], [batch, slots - 1]),
  );
  const needed = tf.add(labelLengths, tf.sum(tf.cast(repeated, 'int32'), 1));
  const fits = tf.lessEqual(needed, frameLengths);
  const hasLabels = tf.greater(labelLengths, 0);

  // The operator refuses rows without labels: they get one and no frames, and their loss is worked out below.
  const first = tf.equal(positions(slots), 0);
  const given = tf.logicalOr(isLabel, tf.logicalAnd(first, tf.logicalNot(column(hasLabels))));
  const givenFrames = tf.where(tf.logicalAnd(fits, hasLabels), frameLengths, tf.zerosLike(frameLengths));
  // It has its blank last.
  const others = tf.where(tf.greater(labels, blank), tf.sub(labels, tf.scalar(1, 'int32')), labels);
  const named = tf.where(isLabel, others, tf.zerosLike(others));
  const moved = blankLast(logits, blank);
  const { losses, gradient } = nativeCtc(backend, tf.transpose(moved, [1, 0, 2]), named, given, givenFrames);
  const labelled = blankBack(tf.transpose(gradient, [1, 0, 2]), blank);

  // Of a row without labels every frame is a blank.
  const logProbs = tf.logSoftmax(logits);
  const counted = tf.cast(isFrame, 'float32');
  const silence = tf.neg(
    tf.sum(tf.mul(tf.reshape(tf.slice(logProbs, [0, 0, blank], [batch, frames, 1]), [batch, frames]), counted), 1),
  );
  const isBlank = tf.reshape(tf.oneHot(tf.scalar(blank, 'int32'), vocabulary), [1, 1, vocabulary]);
  const towardsBlank = tf.sub(tf.exp(logProbs), isBlank);

  const rows = (x: tf.Tensor) => tf.reshape(x, [batch, 1, 1]);
  const chosen = tf.where(rows(hasLabels), labelled, towardsBlank);
  const counts = tf.logicalAnd(tf.reshape(isFrame, [batch, frames, 1]), rows(fits));
  return [
    tf.where(fits, tf.where(hasLabels, losses, silence), tf.fill([batch], Number.POSITIVE_INFINITY)),
    tf.where(counts, chosen, tf.zerosLike(chosen)),
  ];
}

/** TensorFlow's `CTCLoss`, for which the blank is the last token. It is a CPU kernel: on a GPU TensorFlow moves what it reads and writes.
 *  In single precision its sums in log space would lose digits over long utterances.
 *  @param logits [frames, batch, vocabulary]
 *  @param given [batch, slots]: which of `labels` count, at least one a row
 *  @returns `losses` [batch] and `gradient` [frames, batch, vocabulary]; both 0 for rows without frames */
function nativeCtc(
  backend: TensorflowBackend,
  logits: tf.Tensor,
  labels: tf.Tensor,
  given: tf.Tensor,
  frameLengths: tf.Tensor,
) {
  const { binding } = backend;
  const type = (name: string, value: number): NativeAttribute => ({ name, type: binding.TF_ATTR_TYPE, value });
  const flag = (name: string, value: boolean): NativeAttribute => ({ name, type: binding.TF_ATTR_BOOL, value });
  // Doubles and 64-bit integers are unknown to TF.js: they live here only.
  const ours: NativeTensor[] = [];
  const run = (name: string, attributes: NativeAttribute[], inputs: (tf.Tensor | NativeTensor)[], outputs = 1) => {
    const ids = inputs.map((x) => (x instanceof tf.Tensor ? backend.getInputTensorIds([x])[0] : x.id));
    const results = binding.executeOp(name, attributes, ids, outputs);
    ours.push(...results);
    return results;
  };
  const cast = (x: tf.Tensor | NativeTensor, from: number, to: number) =>
    run('Cast', [type('SrcT', from), type('DstT', to)], [x])[0];
  try {
    const [indices] = run('Where', [type('T', BOOL)], [given]);
    const [values] = run('GatherNd', [type('Tparams', INT32), type('Tindices', INT64)], [labels, indices]);
    const attributes = [
      type('T', DOUBLE),
      flag('preprocess_collapse_repeated', false),
      flag('ctc_merge_repeated', true),
      flag('ignore_longer_outputs_than_inputs', true),
    ];
    const inputs = [cast(logits, FLOAT, DOUBLE), indices, values, frameLengths];
    const [losses, gradient] = run('CTCLoss', attributes, inputs, 2).map((x) => cast(x, DOUBLE, FLOAT));
    // TF.js takes these two over.
    ours.splice(ours.indexOf(losses), 1);
    ours.splice(ours.indexOf(gradient), 1);
    return { losses: backend.createOutputTensor(losses), gradient: backend.createOutputTensor(gradient) };
  } finally {
    for (const { id } of ours) binding.deleteTensor(id);
  }
}

/** 0 to count - 1, [1, count] */
const positions = (count: number) => tf.reshape(tf.range(0, count, 1, 'int32'), [1, count]);

function blankLast(x: tf.Tensor, blank: number): tf.Tensor {
  const [before, its, after] = tf.split(x, [blank, 1, x.shape[2]! - blank - 1], 2);
  return tf.concat([before, after, its], 2);
}

function blankBack(x: tf.Tensor, blank: number): tf.Tensor {
  const [before, after, its] = tf.split(x, [blank, x.shape[2]! - blank - 1, 1], 2);
  return tf.concat([before, its, after], 2);
}
