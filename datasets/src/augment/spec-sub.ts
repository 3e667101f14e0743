/** Frames go in, the same frames with stretches replaced by earlier ones come out. */
import { z } from 'zod';
import type { Random } from '../random.js';

export const specSubSchema = z.strictObject({
  substitutions: z.number().int().nonnegative().default(3).describe('stretches that are replaced'),
  maxFrames: z.number().int().nonnegative().default(30).describe('longest stretch replaced (frames)'),
});

export type SpecSubOptions = z.infer<typeof specSubSchema>;

/** Replaces random stretches by the frames of as long a stretch that starts earlier, in place: the voice stays and the
 *  words do not (SpecSub of Wu et al. 2021, "U2++", as in WeNet). A later stretch may copy what an earlier one put there.
 *  @param frames row-major [frameCount, melBins]; what lies beyond is left alone */
export function specSub(
  frames: Float32Array,
  frameCount: number,
  melBins: number,
  options: SpecSubOptions,
  random: Random,
): void {
  // Frame 0 has nothing before it.
  if (frameCount < 2 || options.maxFrames < 1) return;
  for (let s = 0; s < options.substitutions; s++) {
    const start = random.integer(1, frameCount - 1);
    const end = Math.min(frameCount, start + random.integer(1, options.maxFrames));
    const source = start - random.integer(1, start);
    frames.copyWithin(start * melBins, source * melBins, (source + end - start) * melBins);
  }
}
