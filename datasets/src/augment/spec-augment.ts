/** Frames go in, the same frames with stretches of time and of frequency masked come out. */
import { z } from 'zod';
import type { Random } from '../random.js';

export const specAugmentSchema = z.strictObject({
  timeMasks: z.number().int().nonnegative().default(2).describe('stretches of time that are masked'),
  maxTimeMask: z.number().int().nonnegative().default(20).describe('longest time mask (frames)'),
  maxTimeFraction: z.number().min(0).max(1).default(0.15).describe('longest time mask as a share of the utterance'),
  freqMasks: z.number().int().nonnegative().default(2).describe('bands of frequency that are masked'),
  maxFreqMask: z.number().int().nonnegative().default(20).describe('widest frequency mask (mel bins)'),
  fill: z.number().optional().describe("what masks are filled with; the utterance's mean if absent"),
});

export type SpecAugmentOptions = z.infer<typeof specAugmentSchema>;

/** Masks random stretches of time and of frequency, in place (Park et al. 2019, without time warping); masks may overlap.
 *  @param frames row-major [frameCount, melBins]; what lies beyond is left alone */
export function specAugment(
  frames: Float32Array,
  frameCount: number,
  melBins: number,
  options: SpecAugmentOptions,
  random: Random,
): void {
  const used = frames.subarray(0, frameCount * melBins);
  const fill = options.fill ?? mean(used);
  const longest = Math.min(options.maxTimeMask, Math.floor(options.maxTimeFraction * frameCount), frameCount);
  for (let m = 0; m < options.timeMasks; m++) {
    const length = random.integer(0, longest);
    const start = random.integer(0, frameCount - length);
    used.fill(fill, start * melBins, (start + length) * melBins);
  }
  for (let m = 0; m < options.freqMasks; m++) {
    const width = random.integer(0, Math.min(options.maxFreqMask, melBins));
    const start = random.integer(0, melBins - width);
    for (let t = 0; t < frameCount; t++) used.fill(fill, t * melBins + start, t * melBins + start + width);
  }
}

function mean(values: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / Math.max(1, values.length);
}
