/** Sinusoids go in and out: made, and measured in samples that hold one. */

/** sin(2π hz t + phase) */
export const sinusoid = (hz: number, sampleRate: number, length: number, amplitude = 1, phase = 0): Float32Array =>
  Float32Array.from({ length }, (_, i) => amplitude * Math.sin((2 * Math.PI * hz * i) / sampleRate + phase));

export interface Tone {
  amplitude: number;
  /** radians, against a sinusoid that starts with the first of the samples */
  phase: number;
  /** RMS of what is left without the tone */
  residual: number;
}

/** The sinusoid of `hz` that fits best, apart from `edge` samples at both ends (least squares). */
export function fitTone(samples: Float32Array, hz: number, sampleRate: number, edge = 0): Tone {
  const [from, to] = [edge, samples.length - edge];
  const angle = (i: number) => (2 * Math.PI * hz * i) / sampleRate;
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

export const rms = (samples: Float32Array): number =>
  Math.sqrt(samples.reduce((sum, v) => sum + v * v, 0) / samples.length);

export const decibels = (ratio: number): number => 20 * Math.log10(ratio);
