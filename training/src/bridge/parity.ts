/** A streaming graph and the training forward of the same weights go in, their largest difference on real audio comes out. */
import type { OnnxModel } from '@auricle/bundle/onnx';
import type { Example } from '../data/example.js';
import type { TrainingEngine } from '../engine/engine.js';
import { padToChunks, streamBatch } from './stream-batch.js';

/** Streams examples through the graph, several side by side, and compares every log-prob with the training forward.
 *  @returns the largest difference, relative to the log-prob where that is below -1, for rounding grows with it; NaN when there is one anywhere */
export async function parityDifference(
  model: OnnxModel,
  engine: TrainingEngine,
  chunk: number,
  examples: readonly Example[],
): Promise<number> {
  const padded = padToChunks(examples, engine.spec.config.melBins, chunk);
  const expected = await engine.logProbs(padded.features, examples.length, chunk);
  const size = chunk * engine.spec.vocabulary;
  let difference = 0;
  await streamBatch(model, engine.spec, chunk, padded, ({ logprobs }, c) => {
    const logProbs = logprobs.data as Float32Array;
    for (let b = 0; b < examples.length; b++)
      for (let i = 0; i < size; i++) {
        const exact = expected[(b * padded.chunks + c) * size + i];
        const apart = Math.abs(logProbs[b * size + i] - exact) / Math.max(1, Math.abs(exact));
        // Math.max keeps a NaN.
        difference = Math.max(difference, apart);
      }
  });
  return difference;
}
