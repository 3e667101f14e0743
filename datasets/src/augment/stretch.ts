/** Frames go in, the same played faster or slower come out: the speed augmentation of features whose audio is not there. */

/** Straight lines between neighbouring frames.
 *  @param frames row-major [frameCount, bins]
 *  @param factor times as fast, from 0.5 to 2
 *  @returns row-major [frameCount / factor rounded, bins], at least one frame */
export function stretchFrames(frames: Float32Array, bins: number, factor: number): Float32Array {
  const count = frames.length / bins;
  const stretched = new Float32Array(Math.max(1, Math.round(count / factor)) * bins);
  for (let at = 0; at < stretched.length; at += bins) {
    const position = Math.min((at / bins) * factor, count - 1);
    const before = Math.floor(position) * bins;
    const after = Math.min(before + bins, frames.length - bins);
    const share = position - Math.floor(position);
    for (let b = 0; b < bins; b++) stretched[at + b] = (1 - share) * frames[before + b] + share * frames[after + b];
  }
  return stretched;
}
