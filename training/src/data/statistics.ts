/** Examples go in, the mean and deviation of each mel bin come out: the fixed scaling at the network's door. */
import type { Recording } from './corpus.js';
import { type Example, SILENCE } from './example.js';

/** So much audio, spread over the corpus, is enough (seconds). */
const SAMPLED_SECONDS = 1200;

/** Every so many recordings, so that they last about `SAMPLED_SECONDS` together. */
export function sampleOf(recordings: readonly Recording[]): Recording[] {
  const seconds = recordings.reduce((sum, r) => sum + r.utterance.duration, 0);
  const stride = Math.max(1, Math.floor(seconds / SAMPLED_SECONDS));
  return recordings.filter((_, i) => i % stride === 0);
}

/** A bin that varies less than this share of the average bin is empty in the corpus, as those above 4 kHz are in telephone audio. */
const EMPTY_BIN = 0.5;
/** Deviation of an empty bin: the network never sees it, whatever a wider-banded recording holds there in service. */
const SWITCHED_OFF = 1e6;

/** Digital silence is left out: how much of it there is says nothing of speech.
 *  @returns undefined when there is nothing else; both [melBins]; deviations are positive, those of empty bins so large that nothing is left of them */
export function featureStatistics(examples: readonly Example[], melBins: number) {
  const sum = new Float64Array(melBins);
  const squares = new Float64Array(melBins);
  let count = 0;
  for (const { features, frames } of examples)
    for (let t = 0; t < frames; t++) {
      const frame = features.subarray(t * melBins, (t + 1) * melBins);
      if (frame.every((v) => v <= SILENCE + 1e-3)) continue;
      count++;
      frame.forEach((v, bin) => {
        sum[bin] += v;
        squares[bin] += v * v;
      });
    }
  if (count === 0) return undefined;
  const mean = Array.from(sum, (s) => s / count);
  const deviation = Array.from(squares, (s, bin) => Math.sqrt(Math.max(0, s / count - mean[bin] ** 2)));
  const least = (EMPTY_BIN * deviation.reduce((a, b) => a + b, 0)) / melBins;
  return { mean, deviation: deviation.map((d) => (d > least ? d : SWITCHED_OFF)) };
}
