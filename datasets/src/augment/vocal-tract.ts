/** Log-mel frames go in, the same as a shorter or a longer vocal tract would have made them come out. */
import { FBANK, hzOfMel, melOfHz } from '@auricle/audio';

/** Least and greatest factor. */
export const WARPS = [0.7, 1.4] as const;

/** Where the line of factor `warp` bends, so that the highest frequency stays what it is: the formants that tell voices apart lie below. */
const BEND_HZ = 4800;

/** Frequency of a voice that is heard at `hz` after warping (Jaitly & Hinton 2013, "Vocal Tract Length Perturbation", inverted). */
function sourceHz(hz: number, warp: number): number {
  const highest = FBANK.sampleRate / 2;
  const bend = BEND_HZ * Math.min(warp, 1);
  if (hz <= bend) return hz / warp;
  const slope = (highest - bend / warp) / (highest - bend);
  return highest - slope * (highest - hz);
}

/** Moves the sound at each frequency to `warp` times it, in place, between mel bins as `FBANK` has them (whose number may differ).
 *  @param frames row-major [frameCount, melBins], natural-log energies; what lies beyond is left alone
 *  @param warp above 1: a shorter vocal tract */
export function warpVocalTract(frames: Float32Array, frameCount: number, melBins: number, warp: number): void {
  const low = melOfHz(FBANK.lowHz);
  const step = (melOfHz(FBANK.highHz) - low) / (melBins + 1);
  const places = Float32Array.from({ length: melBins }, (_, bin) => {
    const mel = melOfHz(sourceHz(hzOfMel(low + step * (bin + 1)), warp));
    return Math.min(melBins - 1, Math.max(0, (mel - low) / step - 1));
  });
  const from = Int32Array.from(places, (place) => Math.min(melBins - 2, Math.floor(place)));
  const before = new Float32Array(melBins);
  for (let at = 0; at < frameCount * melBins; at += melBins) {
    before.set(frames.subarray(at, at + melBins));
    for (let bin = 0; bin < melBins; bin++) {
      const lower = from[bin];
      frames[at + bin] = before[lower] + (places[bin] - lower) * (before[lower + 1] - before[lower]);
    }
  }
}
