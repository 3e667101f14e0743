/** Channels go in, one channel comes out. */

/** Mono PCM in [-1, 1]. */
export interface Pcm {
  samples: Float32Array;
  /** Hz */
  sampleRate: number;
}

/** Mean of the channels. */
export function mixDown(channels: readonly Float32Array[], length = channels[0]?.length ?? 0): Float32Array {
  // A copy also when there is one channel: it may be a view of a decoder's memory.
  if (channels.length === 1) return channels[0].slice(0, length);
  const mono = new Float32Array(length);
  for (const channel of channels) for (let i = 0; i < length; i++) mono[i] += channel[i] / channels.length;
  return mono;
}
