/** Two models of one interface and audio go in, how far their outputs are apart comes out. */
import type { OnnxModel } from '@auricle/bundle/onnx';
import type { Example } from '../data/example.js';
import { runExamples } from './run-examples.js';

/** What a model says of some audio: log-probs, run by run. */
export type Said = Float32Array[];

export async function sayAll(
  model: OnnxModel,
  examples: readonly Pick<Example, 'features' | 'frames'>[],
): Promise<Said> {
  const said: Said = [];
  const [logProbs] = model.graph.outputs;
  await runExamples(model, examples, (outputs) => {
    said.push((outputs[logProbs.name].data as Float32Array).slice());
  });
  return said;
}

/** Kullback-Leibler divergence of `other` from `reference`, the mean of all frames, in nats. */
export function meanDivergence(reference: Said, other: Said, vocabulary: number): number {
  let [sum, frames] = [0, 0];
  reference.forEach((run, i) => {
    frames += run.length / vocabulary;
    run.forEach((logProb, j) => {
      // The limit of p log p at p = 0 is 0.
      if (logProb > -80) sum += Math.exp(logProb) * (logProb - other[i][j]);
    });
  });
  return sum / frames;
}
