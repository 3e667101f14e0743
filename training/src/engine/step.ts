/** The two halves of a training step as TF.js functions: a batch's gradient, and what AdamW makes of it. */
import * as tf from '@tensorflow/tfjs';
import type { ModelSpec } from '../model/config.js';
import { byName, unpackWeights } from '../model/weights.js';
import type { OptimiserSettings } from './engine.js';
import { type BatchLayout, type BatchTensors, type Objective, objective } from './objective.js';

/** Loss and gradients of a batch.
 *  @returns the scalar `loss` that is lowered, `losses` [batch] of the output's CTC and `gradients` in the order of the weights */
export function lossAndGradients(
  spec: ModelSpec,
  settings: Objective,
  layout: BatchLayout,
  weights: tf.Tensor[],
  t: BatchTensors,
) {
  let losses!: tf.Tensor;
  const loss = (...parameters: tf.Tensor[]) => {
    const result = objective(spec, settings, layout, byName(spec, parameters), t);
    // Kept: TF.js would dispose of it with the rest of the forward pass.
    losses = tf.keep(result.losses);
    return result.objective;
  };
  const { value, grads } = tf.valueAndGrads(loss as (...x: tf.Tensor[]) => tf.Tensor)(weights);
  return { loss: value, losses, gradients: grads };
}

export interface GradientTensors extends BatchTensors {
  /** [parameters] */
  weights: tf.Tensor;
}

/** @returns the flat `gradient` [parameters], `loss` and `losses` [batch] */
export function gradientStep(spec: ModelSpec, settings: Objective, layout: BatchLayout, t: GradientTensors) {
  const { loss, losses, gradients } = lossAndGradients(spec, settings, layout, unpackWeights(spec, t.weights), t);
  return { gradient: tf.concat(gradients.map((g) => tf.reshape(g, [-1]))), loss, losses };
}

/** Tensors of an update; the vectors are [parameters], the numbers scalars. */
export interface UpdateTensors {
  weights: tf.Tensor;
  firstMoment: tf.Tensor;
  secondMoment: tf.Tensor;
  average: tf.Tensor;
  gradient: tf.Tensor;
  learningRate: tf.Tensor;
  /** Multiplies the learning rate of each parameter; a scalar 1 where all learn alike */
  rates: tf.Tensor;
  /** 1 / (1 - beta^step), Adam's bias corrections */
  firstCorrection: tf.Tensor;
  secondCorrection: tf.Tensor;
  /** Share of the old average that is kept */
  averageDecay: tf.Tensor;
}

/** Clipping by the global norm of all that learns, AdamW (Loshchilov & Hutter 2019, algorithm 2) and the running average of the weights.
 *  @returns the flat vectors after the step and `gradientNorm` */
export function updateStep(settings: OptimiserSettings, t: UpdateTensors) {
  const { beta1, beta2, epsilon, weightDecay, clipNorm } = settings;
  // What is frozen has no part in the norm that the others are clipped by.
  const gradient = t.rates.rank === 0 ? t.gradient : tf.mul(t.gradient, tf.sign(t.rates));
  const gradientNorm = tf.sqrt(tf.sum(tf.square(gradient)));
  const clipped = tf.mul(gradient, tf.minimum(1, tf.div(clipNorm, tf.add(gradientNorm, 1e-6))));
  const firstMoment = tf.add(tf.mul(t.firstMoment, beta1), tf.mul(clipped, 1 - beta1));
  const secondMoment = tf.add(tf.mul(t.secondMoment, beta2), tf.mul(tf.square(clipped), 1 - beta2));
  const direction = tf.div(
    tf.mul(firstMoment, t.firstCorrection),
    tf.add(tf.sqrt(tf.mul(secondMoment, t.secondCorrection)), epsilon),
  );
  const rate = tf.mul(t.rates, t.learningRate);
  const weights = tf.sub(t.weights, tf.mul(tf.add(direction, tf.mul(t.weights, weightDecay)), rate));
  // In this form the average of a weight that never changes is that weight, to the bit.
  const average = tf.add(t.average, tf.mul(tf.sub(weights, t.average), tf.sub(1, t.averageDecay)));
  return {
    nextWeights: weights,
    nextFirstMoment: firstMoment,
    nextSecondMoment: secondMoment,
    nextAverage: average,
    gradientNorm,
  };
}
