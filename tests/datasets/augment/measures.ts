/** Samples go in, what an ear or a meter finds in them comes out. */

export const power = (samples: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < samples.length; i++) sum += samples[i] * samples[i];
  return sum / samples.length;
};

/** Of a ratio of powers. */
export const decibels = (ratio: number): number => 10 * Math.log10(ratio);

const WINDOW = 1024;

/** Power between two frequencies (Hz): the mean over stretches of 1,024 samples under a Blackman window, by the plain
 *  Fourier sum. */
export function bandPower(samples: Float32Array, sampleRate: number, low: number, high: number): number {
  const angle = (2 * Math.PI) / WINDOW;
  const window = Float64Array.from(
    { length: WINDOW },
    (_, i) => 0.42 - 0.5 * Math.cos(angle * i) + 0.08 * Math.cos(2 * angle * i),
  );
  let sum = 0;
  let stretches = 0;
  for (let at = 0; at + WINDOW <= samples.length; at += WINDOW, stretches++)
    for (let bin = Math.ceil((low * WINDOW) / sampleRate); bin < (high * WINDOW) / sampleRate; bin++) {
      let [re, im] = [0, 0];
      for (let i = 0; i < WINDOW; i++) {
        const value = samples[at + i] * window[i];
        re += value * Math.cos(angle * ((bin * i) % WINDOW));
        im -= value * Math.sin(angle * ((bin * i) % WINDOW));
      }
      sum += re * re + im * im;
    }
  return sum / stretches;
}

/** The frequency of the strongest sinusoid from `low` to `high` Hz, to within 1/1000 of itself. */
export function dominantHertz(samples: Float32Array, sampleRate: number, low: number, high: number): number {
  let [best, highest] = [0, -1];
  for (let hertz = low; hertz <= high; hertz *= 1.001) {
    let [re, im] = [0, 0];
    for (let i = 0; i < samples.length; i++) {
      // A Hann window, so that the neighbours of the sinusoid are lower than itself.
      const value = samples[i] * Math.sin((Math.PI * i) / samples.length) ** 2;
      const angle = (2 * Math.PI * hertz * i) / sampleRate;
      re += value * Math.cos(angle);
      im += value * Math.sin(angle);
    }
    const strength = re * re + im * im;
    if (strength > highest) [best, highest] = [hertz, strength];
  }
  return best;
}

/** How many samples later `later` follows `earlier`, at most `most` either way: where they match best. */
export function delayOf(later: Float32Array, earlier: Float32Array, most: number): number {
  let [best, highest] = [0, Number.NEGATIVE_INFINITY];
  for (let delay = -most; delay <= most; delay++) {
    let sum = 0;
    for (let i = Math.max(0, -delay); i < earlier.length && i + delay < later.length; i++)
      sum += earlier[i] * later[i + delay];
    if (sum > highest) [best, highest] = [delay, sum];
  }
  return best;
}
