/** Samples or frames and a seeded random source go in, varied ones come out; the same seed gives the same result. */
import { type Pcm, resample } from '@auricle/audio';
import { datasetError } from './errors.js';
import { Random } from './random.js';

/** Plays the samples `factor` times as fast, pitch and all, at the same sample rate.
 *  @returns samples.length / factor samples, to within a few
 *  @throws AUR_AUGMENT_SPEED */
export function speed({ samples, sampleRate }: Pcm, factor: number): Pcm {
  if (!(factor >= 0.5 && factor <= 2)) throw datasetError('AUR_AUGMENT_SPEED', { factor });
  return { samples: resample(samples, Math.round(sampleRate * factor), sampleRate), sampleRate };
}

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

/** White Gaussian noise at a signal-to-noise ratio over the whole of `samples`, in decibels; digital silence stays silent.
 *  The noise repeats after 65,536 samples from a random start. */
export function addWhiteNoise(samples: Float32Array, snrDb: number, random: Random): Float32Array {
  const deviation = Math.sqrt(power(samples) / 10 ** (snrDb / 10));
  const bank = noise();
  const start = random.integer(0, bank.length - 1);
  const out = new Float32Array(samples.length);
  for (let i = 0; i < samples.length; i++) out[i] = samples[i] + deviation * bank[(start + i) & (bank.length - 1)];
  return out;
}

/** The pieces one after the other, with `gapSamples` of digital silence between them. */
export function concatenate(pieces: readonly Float32Array[], gapSamples = 0): Float32Array {
  const gaps = Math.max(0, pieces.length - 1) * gapSamples;
  const joined = new Float32Array(pieces.reduce((sum, piece) => sum + piece.length, gaps));
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length + gapSamples;
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
  /** what masks are filled with; the utterance's mean if absent */
  fill?: number;
}

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
