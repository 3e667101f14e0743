/** Samples or frames and a seeded random source go in, varied ones come out; the same seed gives the same result. */
import { Random } from './random.js';

/** @param decibels change of level; the result is clipped to [-1, 1] */
export function gain(samples: Float32Array, decibels: number): Float32Array {
  const factor = 10 ** (decibels / 20);
  const out = new Float32Array(samples.length);
  for (let i = 0; i < samples.length; i++) out[i] = Math.max(-1, Math.min(1, samples[i] * factor));
  return out;
}

function power(samples: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < samples.length; i++) sum += samples[i] * samples[i];
  return sum / Math.max(1, samples.length);
}

/** Four seconds of Gaussian noise at 16 kHz, made once: drawing it anew for each example would cost more than its features. */
let noiseBank: Float32Array | undefined;
function noise(): Float32Array {
  if (!noiseBank) {
    const random = new Random(0);
    noiseBank = Float32Array.from({ length: 1 << 16 }, () => random.normal());
  }
  return noiseBank;
}

/** White Gaussian noise at a signal-to-noise ratio over the whole of `samples`, in decibels. */
export function addWhiteNoise(samples: Float32Array, snrDb: number, random: Random): Float32Array {
  const deviation = Math.sqrt(power(samples) / 10 ** (snrDb / 10));
  const bank = noise();
  const start = random.integer(0, bank.length - 1);
  const out = new Float32Array(samples.length);
  for (let i = 0; i < samples.length; i++) out[i] = samples[i] + deviation * bank[(start + i) & (bank.length - 1)];
  return out;
}

/** The pieces one after the other. */
export function concatenate(pieces: readonly Float32Array[]): Float32Array {
  const joined = new Float32Array(pieces.reduce((sum, p) => sum + p.length, 0));
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}

export interface SpecAugmentOptions {
  timeMasks: number;
  /** longest time mask (frames) */
  maxTimeMask: number;
  /** longest time mask as a share of the utterance */
  maxTimeFraction: number;
  freqMasks: number;
  /** widest frequency mask (mel bins) */
  maxFreqMask: number;
}

/** Masks random stretches of time and of frequency with the utterance's mean, in place (Park et al. 2019, without time warping).
 *  @param frames row-major [frameCount, melBins] */
export function specAugment(
  frames: Float32Array,
  frameCount: number,
  melBins: number,
  options: SpecAugmentOptions,
  random: Random,
): void {
  const used = frames.subarray(0, frameCount * melBins);
  const mean = used.reduce((sum, v) => sum + v, 0) / Math.max(1, used.length);
  const longest = Math.min(options.maxTimeMask, Math.floor(options.maxTimeFraction * frameCount));
  for (let m = 0; m < options.timeMasks; m++) {
    const length = random.integer(0, longest);
    const start = random.integer(0, Math.max(0, frameCount - length));
    used.fill(mean, start * melBins, (start + length) * melBins);
  }
  for (let m = 0; m < options.freqMasks; m++) {
    const width = random.integer(0, Math.min(options.maxFreqMask, melBins));
    const start = random.integer(0, melBins - width);
    for (let t = 0; t < frameCount; t++) used.fill(mean, t * melBins + start, t * melBins + start + width);
  }
}
