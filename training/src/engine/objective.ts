/** Weights and a batch go in, the loss that training lowers comes out: CTC of the output, and the terms that help it along. */
import * as tf from '@tensorflow/tfjs';
import type { ModelSpec } from '../model/config.js';
import { conformer, emptyCache, type Weights } from '../model/conformer.js';
import { branchDropout, type Regularisation } from '../model/residual-dropout.js';
import { byName, unpackWeights } from '../model/weights.js';
import { consistencyLoss } from '../operators/consistency-loss.js';
import { ctcLoss } from '../operators/ctc-loss.js';
import { hiddenLoss, logProbLoss } from '../operators/distillation-loss.js';

/** The blank is token 0 of every vocabulary that is trained here. */
export const BLANK = 0;

export interface LossSettings {
  /** Share of the CTC losses after the model's intermediate blocks in the whole (InterCTC, Lee & Watanabe 2021, eq. 9). */
  intermediateWeight: number;
  /** Share of the divergence from the uniform distribution (Kim et al. 2018, eq. 6). */
  labelSmoothing: number;
}

/** Tensors of a batch, the numbers scalars. */
export interface BatchTensors {
  /** [batch, frames, melBins] */
  features: tf.Tensor;
  frameLengths: tf.Tensor;
  labels: tf.Tensor;
  labelLengths: tf.Tensor;
  /** 1 / label tokens of the step */
  lossScale: tf.Tensor;
  /** Weight of the consistency between two views (CR-CTC); it has no effect on batches of one */
  consistencyWeight: tf.Tensor;
  /** as `drawNoise` makes it; unread without dropout and stochastic depth */
  noise: tf.Tensor;
  /** flat weights of the teacher; unread without one */
  teacher: tf.Tensor;
}

/** A trained network that another learns from. */
export interface Teacher {
  spec: ModelSpec;
  /** Weight of the divergence of the student's output from the teacher's. */
  logProbWeight: number;
  /** Weight of the difference of the residual streams. */
  hiddenWeight: number;
}

export interface Objective {
  loss: LossSettings;
  regularisation: Regularisation;
  teacher?: Teacher;
}

/** What the graph of a batch is made by, besides its shape. */
export interface BatchLayout {
  /** encoder frames in an attention chunk */
  chunk: number;
  /** 2: the second half of the rows holds other views of the first half's utterances */
  views: 1 | 2;
}

/** @returns the scalar `objective`, and the `losses` [batch] of the output's CTC in nats */
export function objective(
  spec: ModelSpec,
  { loss, regularisation, teacher }: Objective,
  { chunk, views }: BatchLayout,
  weights: Weights,
  t: BatchTensors,
): { objective: tf.Scalar; losses: tf.Tensor1D } {
  const [batch, frames] = t.features.shape;
  const past = emptyCache(spec, batch);
  const dropout = (block: number) =>
    branchDropout(spec.config, regularisation, t.noise, block, { batch, length: frames / spec.config.subsampling });
  const { logits, intermediate, hidden } = conformer(spec, weights, t.features as tf.Tensor3D, chunk, past, {
    dropout,
  });
  const { intermediateWeight, labelSmoothing } = loss;
  const heard = intermediateWeight > 0 ? [logits, ...intermediate] : [logits];
  const [losses, ...intermediateLosses] = ctcLosses(heard, t);
  let total = tf.sum(losses);
  if (intermediateLosses.length > 0) {
    const sum = intermediateLosses.reduce((a, b) => tf.add(a, b));
    const mean = tf.div(tf.sum(sum), intermediateLosses.length);
    total = tf.add(tf.mul(total, 1 - intermediateWeight), tf.mul(mean, intermediateWeight));
  }
  const mask = frameMask(t.frameLengths as tf.Tensor1D, logits.shape[1]);
  if (labelSmoothing > 0)
    total = tf.add(tf.mul(total, 1 - labelSmoothing), tf.mul(fromUniform(logits, mask), labelSmoothing));
  if (views === 2) {
    const firstViews = tf.slice(mask, [0, 0], [batch / 2, -1]) as tf.Tensor2D;
    total = tf.add(total, tf.mul(consistencyLoss(logits, firstViews), t.consistencyWeight));
  }
  if (teacher) {
    const taught = conformer(
      teacher.spec,
      byName(teacher.spec, unpackWeights(teacher.spec, t.teacher)),
      t.features as tf.Tensor3D,
      chunk,
      emptyCache(teacher.spec, batch),
    );
    total = tf.add(total, tf.mul(logProbLoss(logits, taught.logits, mask), teacher.logProbWeight));
    if (teacher.hiddenWeight > 0)
      total = tf.add(total, tf.mul(hiddenLoss(hidden, taught.hidden, mask), teacher.hiddenWeight));
  }
  return { objective: tf.mul(total, t.lossScale) as tf.Scalar, losses };
}

/** CTC losses [batch] of several outputs for the same labels. They are one call: its time is that of the frames one after the other, however
 *  many rows there are. */
function ctcLosses(outputs: tf.Tensor3D[], t: BatchTensors): tf.Tensor1D[] {
  // The gradient of TF.js's `concat` fails where there is one tensor.
  if (outputs.length === 1) return [ctcOf(outputs[0], t.labels, t.labelLengths, t.frameLengths)];
  const repeated = (x: tf.Tensor) => tf.concat(outputs.map(() => x));
  const losses = ctcOf(tf.concat(outputs), repeated(t.labels), repeated(t.labelLengths), repeated(t.frameLengths));
  return tf.split(losses, outputs.length);
}

const ctcOf = (logits: tf.Tensor3D, labels: tf.Tensor, labelLengths: tf.Tensor, frameLengths: tf.Tensor) =>
  ctcLoss(logits, labels as tf.Tensor2D, labelLengths as tf.Tensor1D, frameLengths as tf.Tensor1D, BLANK);

/** Logits of whole utterances from the start of a stream, [batch, encoder frames, vocabulary]. */
export function utteranceLogits(spec: ModelSpec, weights: Weights, features: tf.Tensor, chunk: number): tf.Tensor3D {
  const past = emptyCache(spec, features.shape[0]);
  return conformer(spec, weights, features as tf.Tensor3D, chunk, past).logits;
}

/** [batch, frames]: 1 for the frames of each row that count, else 0. */
function frameMask(frameLengths: tf.Tensor1D, frames: number): tf.Tensor2D {
  const time = tf.tensor2d(
    Int32Array.from({ length: frames }, (_, i) => i),
    [1, frames],
    'int32',
  );
  return tf.cast(tf.less(time, tf.reshape(frameLengths, [-1, 1])), 'float32') as tf.Tensor2D;
}

/** KL(uniform || distribution), summed over the frames that count. */
function fromUniform(logits: tf.Tensor3D, mask: tf.Tensor2D): tf.Scalar {
  const vocabulary = logits.shape[2];
  const divergence = tf.sub(-Math.log(vocabulary), tf.mean(tf.logSoftmax(logits), 2));
  return tf.sum(tf.mul(divergence, mask));
}
