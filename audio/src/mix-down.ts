/** Channels go in, one channel comes out. */
import { audioError } from './audio-errors.js';

/** Mono PCM in [-1, 1]. */
export interface Pcm {
  samples: Float32Array;
  /** Hz */
  sampleRate: number;
}

/** A channel by its number, from 0, or the mean of all. */
export type ChannelChoice = number | 'mix';

/** Mean of the channels, clipped to [-1, 1]: what a lossy codec makes of a loud recording reaches several times beyond.
 *  @returns a copy also of a single channel, which may be a view of a decoder's memory */
export function mixDown(channels: readonly Float32Array[], length = channels[0]?.length ?? 0): Float32Array {
  const mono = new Float32Array(length);
  for (let i = 0; i < length; i++) {
    let sum = 0;
    for (const channel of channels) sum += channel[i];
    mono[i] = Math.max(-1, Math.min(1, sum / channels.length));
  }
  return mono;
}

/** @throws AUR_AUDIO_CHANNEL where there is no such channel */
export function checkChannel(choice: ChannelChoice, channels: number, source: string): void {
  if (choice !== 'mix' && choice >= channels)
    throw audioError('AUR_AUDIO_CHANNEL', { source, channel: choice, channels, last: channels - 1 });
}
