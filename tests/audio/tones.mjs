/** Sinusoids go in and out: made, and measured in samples that hold one. Plain JavaScript, for the benches measure with it as well. */

/** sin(2π hz t + phase)
 *  @param {number} hz
 *  @param {number} sampleRate
 *  @param {number} length */
export const sinusoid = (hz, sampleRate, length, amplitude = 1, phase = 0) =>
  Float32Array.from({ length }, (_, i) => amplitude * Math.sin((2 * Math.PI * hz * i) / sampleRate + phase));

/** The sinusoid of `hz` that fits best, apart from `edge` samples at both ends (least squares).
 *  @param {Float32Array} samples
 *  @param {number} hz
 *  @param {number} sampleRate
 *  @returns its amplitude, its phase (radians, against a sinusoid that starts with the first of the samples), and the RMS of what is left
 *  without it */
export function fitTone(samples, hz, sampleRate, edge = 0) {
  const [from, to] = [edge, samples.length - edge];
  /** @param {number} i */
  const angle = (i) => (2 * Math.PI * hz * i) / sampleRate;
  let [ss, cc, sc, sy, cy] = [0, 0, 0, 0, 0];
  for (let i = from; i < to; i++) {
    const [s, c] = [Math.sin(angle(i)), Math.cos(angle(i))];
    ss += s * s;
    cc += c * c;
    sc += s * c;
    sy += s * samples[i];
    cy += c * samples[i];
  }
  const determinant = ss * cc - sc * sc;
  const a = (sy * cc - cy * sc) / determinant;
  const b = (cy * ss - sy * sc) / determinant;
  let squares = 0;
  for (let i = from; i < to; i++) squares += (samples[i] - a * Math.sin(angle(i)) - b * Math.cos(angle(i))) ** 2;
  return { amplitude: Math.hypot(a, b), phase: Math.atan2(b, a), residual: Math.sqrt(squares / (to - from)) };
}

/** @param {Float32Array} samples */
export const rms = (samples) => Math.sqrt(samples.reduce((sum, v) => sum + v * v, 0) / samples.length);

/** @param {number} ratio of amplitudes */
export const decibels = (ratio) => 20 * Math.log10(ratio);
