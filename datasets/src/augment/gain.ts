/** Samples go in, louder or softer or clipped they come out. */

/** @param decibels change of level; the result is clipped to [-1, 1] */
export function gain(samples: Float32Array, decibels: number): Float32Array {
  const factor = 10 ** (decibels / 20);
  const out = new Float32Array(samples.length);
  for (let i = 0; i < samples.length; i++) out[i] = Math.max(-1, Math.min(1, samples[i] * factor));
  return out;
}

/** Cuts off what lies above a level, as an overdriven microphone does, and leaves the level as it is.
 *  @param decibels how far below the highest sample the cut is */
export function clip(samples: Float32Array, decibels: number): Float32Array {
  const limit = peak(samples) * 10 ** (-decibels / 20);
  const out = new Float32Array(samples.length);
  for (let i = 0; i < samples.length; i++) out[i] = Math.max(-limit, Math.min(limit, samples[i]));
  return out;
}

/** The largest magnitude; 0 for no samples. */
export function peak(samples: Float32Array): number {
  let highest = 0;
  for (let i = 0; i < samples.length; i++) highest = Math.max(highest, Math.abs(samples[i]));
  return highest;
}
