/** Samples go in, the same played faster or slower, higher or lower with it, come out. */
import { type Pcm, resample } from '@auricle/audio';
import { datasetError } from '../errors.js';

/** Plays the samples `factor` times as fast, pitch and all, at the same sample rate.
 *  @param factor from 0.5 to 2
 *  @returns `speedLength` samples
 *  @throws AUR_AUGMENT_SPEED */
export function speed({ samples, sampleRate }: Pcm, factor: number): Pcm {
  return { samples: resample(samples, playedRate(sampleRate, factor), sampleRate), sampleRate };
}

/** Samples that `speed` makes of so many: length / factor, rounded up. */
export function speedLength(length: number, sampleRate: number, factor: number): number {
  return Math.ceil((length * sampleRate) / playedRate(sampleRate, factor));
}

function playedRate(sampleRate: number, factor: number): number {
  if (!(factor >= 0.5 && factor <= 2)) throw datasetError('AUR_AUGMENT_SPEED', { factor });
  return Math.round(sampleRate * factor);
}
