/** A graph of whole utterances and the training forward of the same weights go in, their largest difference on real audio comes out. */
import type { OnnxModel } from '@auricle/bundle/onnx';
import { SILENCE } from '../data/example.js';
import type { TrainingEngine } from '../engine/engine.js';
import { apart, type HeardTwice } from './parity.js';
import { utteranceFeeds } from './run-examples.js';
import { openSession } from './stream-batch.js';

/** Utterances are made as long as the next multiple of so many frames, for the training forward has a graph for each length. */
const STEP = 64;
/** Of sound that no recording has: what pads a batch must not be heard. */
const LOUD = 9;

/** Runs utterances of different lengths through the graph in one batch, from frames that were made of packets, and compares every log-prob with the
 *  training forward of each utterance alone, all of its frames in one attention chunk. What silence makes the last output frame
 *  whole is left for the graph to add.
 *  @returns the largest difference, relative to the log-prob where that is below -1, for rounding grows with it; NaN when there is one anywhere */
export async function utteranceParity(
  model: OnnxModel,
  engine: TrainingEngine,
  heard: readonly HeardTwice[],
): Promise<number> {
  const { config, vocabulary } = engine.spec;
  const { melBins, subsampling } = config;
  const lengths = heard.map(({ whole }) => STEP * Math.ceil((whole.frames + subsampling - 1) / STEP));
  const padded = (features: Float32Array, frames: number) => {
    const row = new Float32Array(frames * melBins).fill(SILENCE);
    row.set(features);
    return row;
  };
  const rows = heard.map(({ packets }, i) => padded(packets.features, lengths[i]));
  const given = lengths.map((frames, i) => frames - (i % subsampling));
  const session = await openSession(model);
  try {
    const { log_probs: logProbs, log_probs_len: ends } = await session.run(utteranceFeeds(rows, given, melBins, LOUD));
    const all = logProbs.data as Float32Array;
    const row = all.length / heard.length;
    let difference = 0;
    for (const [i, { whole }] of heard.entries()) {
      const frames = lengths[i] / subsampling;
      if (Number(ends.data[i]) !== frames) return Number.POSITIVE_INFINITY;
      const expected = await engine.logProbs(padded(whole.features, lengths[i]), 1, frames);
      for (let at = 0; at < frames * vocabulary; at++)
        // Math.max keeps a NaN.
        difference = Math.max(difference, apart(all[i * row + at], expected[at]));
    }
    return difference;
  } finally {
    await session.release();
  }
}
