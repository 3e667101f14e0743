/** Samples and a room's impulse response go in, the samples as heard in that room come out. */
import type { Pcm } from '@auricle/audio';
import { convolve } from './convolve.js';

/** What is said keeps its time and about its loudness: the response is scaled to a sum of squares of 1. The reverberation
 *  after the last sample is left out.
 *  @param response at the samples' rate; a silent one changes nothing
 *  @param direct the response's sample in which the direct sound arrives; if absent the highest */
export function reverberate({ samples, sampleRate }: Pcm, response: Float32Array, direct = highest(response)): Pcm {
  const energy = response.reduce((sum, value) => sum + value * value, 0);
  if (energy === 0) return { samples, sampleRate };
  const scaled = Float64Array.from(response, (value) => value / Math.sqrt(energy));
  return { samples: convolve(samples, scaled, direct, samples.length), sampleRate };
}

function highest(response: Float32Array): number {
  let at = 0;
  for (let i = 1; i < response.length; i++) if (Math.abs(response[i]) > Math.abs(response[at])) at = i;
  return at;
}
