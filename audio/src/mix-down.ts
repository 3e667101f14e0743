/** Channels go in, one channel comes out. */

/** Mono PCM in [-1, 1]. */
export interface Pcm {
  samples: Float32Array;
  /** Hz */
  sampleRate: number;
}

/** Mean of the channels times `gain`, clipped to [-1, 1]: what a lossy codec makes of a loud recording reaches several
 *  times beyond.
 *  @returns a copy also of a single channel, which may be a view of a decoder's memory */
export function mixDown(channels: readonly Float32Array[], length = channels[0]?.length ?? 0, gain = 1): Float32Array {
  const mono = new Float32Array(length);
  for (let i = 0; i < length; i++) {
    let sum = 0;
    for (const channel of channels) sum += channel[i];
    mono[i] = Math.max(-1, Math.min(1, (sum * gain) / channels.length));
  }
  return mono;
}
