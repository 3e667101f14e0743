/** One training step as a TF.js function: forward, CTC, autodiff, clipping, AdamW and the running average of the weights. */
import * as tf from '@tensorflow/tfjs';
import type { ModelSpec } from '../model/config.js';
import { conformer, emptyCache, type Weights } from '../model/conformer.js';
import { byName, unpackWeights } from '../model/weights.js';
import { ctcLoss } from '../operators/ctc-loss.js';
import type { OptimiserSettings } from './engine.js';

/** The blank is token 0 of every vocabulary that is trained here. */
export const BLANK = 0;

/** Tensors of a step; the flat vectors are [parameters], the numbers scalars. */
export interface StepTensors {
  weights: tf.Tensor;
  firstMoment: tf.Tensor;
  secondMoment: tf.Tensor;
  average: tf.Tensor;
  features: tf.Tensor;
  frameLengths: tf.Tensor;
  labels: tf.Tensor;
  labelLengths: tf.Tensor;
  /** 1 / label tokens in the batch */
  lossScale: tf.Tensor;
  learningRate: tf.Tensor;
  /** 1 / (1 - beta^step), Adam's bias corrections */
  firstCorrection: tf.Tensor;
  secondCorrection: tf.Tensor;
  /** Share of the old average that is kept */
  averageDecay: tf.Tensor;
}

/** Logits of whole utterances from the start of a stream, [batch, frames / 4, vocabulary]. */
export function utteranceLogits(spec: ModelSpec, weights: Weights, features: tf.Tensor, chunk: number): tf.Tensor3D {
  const past = emptyCache(spec, features.shape[0]);
  return conformer(spec, weights, features as tf.Tensor3D, chunk, past).logits;
}

/** Loss and gradients of a batch.
 *  @returns `losses` [batch] and `gradients` in the order of the weights */
export function lossAndGradients(spec: ModelSpec, chunk: number, weights: tf.Tensor[], t: StepTensors) {
  let losses!: tf.Tensor;
  const loss = (...parameters: tf.Tensor[]) => {
    const logits = utteranceLogits(spec, byName(spec, parameters), t.features, chunk);
    // Kept: TF.js would dispose of it with the rest of the forward pass.
    losses = tf.keep(
      ctcLoss(logits, t.labels as tf.Tensor2D, t.labelLengths as tf.Tensor1D, t.frameLengths as tf.Tensor1D, BLANK),
    );
    return tf.mul(tf.sum(losses), t.lossScale);
  };
  const { value, grads } = tf.valueAndGrads(loss as (...x: tf.Tensor[]) => tf.Tensor)(weights);
  return { loss: value, losses, gradients: grads };
}

/** The whole step; AdamW after Loshchilov & Hutter 2019, algorithm 2.
 *  @returns the flat vectors after the step, `loss`, `losses` [batch] and `gradientNorm` */
export function trainingStep(spec: ModelSpec, settings: OptimiserSettings, chunk: number, t: StepTensors) {
  const { beta1, beta2, epsilon, weightDecay, clipNorm } = settings;
  const { loss, losses, gradients } = lossAndGradients(spec, chunk, unpackWeights(spec, t.weights), t);
  const gradient = tf.concat(gradients.map((g) => tf.reshape(g, [-1])));
  const gradientNorm = tf.sqrt(tf.sum(tf.square(gradient)));
  const clipped = tf.mul(gradient, tf.minimum(1, tf.div(clipNorm, tf.add(gradientNorm, 1e-6))));

  const firstMoment = tf.add(tf.mul(t.firstMoment, beta1), tf.mul(clipped, 1 - beta1));
  const secondMoment = tf.add(tf.mul(t.secondMoment, beta2), tf.mul(tf.square(clipped), 1 - beta2));
  const direction = tf.div(
    tf.mul(firstMoment, t.firstCorrection),
    tf.add(tf.sqrt(tf.mul(secondMoment, t.secondCorrection)), epsilon),
  );
  const weights = tf.sub(t.weights, tf.mul(tf.add(direction, tf.mul(t.weights, weightDecay)), t.learningRate));
  const average = tf.add(tf.mul(t.average, t.averageDecay), tf.mul(weights, tf.sub(1, t.averageDecay)));
  return {
    nextWeights: weights,
    nextFirstMoment: firstMoment,
    nextSecondMoment: secondMoment,
    nextAverage: average,
    loss,
    losses,
    gradientNorm,
  };
}
