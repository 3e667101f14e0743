/** The samples of frames go in, their log-mel energies come out: the one computation behind `fbank` and `StreamingFbank`. */
import FFT from 'fft.js';
import { logs } from './fast-log.js';
import { FBANK, type FbankPlan } from './fbank-plan.js';

/** Computes `count` frames, the first from `x[at]`, each a hop further, into `out[outAt …]`, row-major [count, melBins].
 *  A frame depends on its own samples only. */
export type FrameKernel = (x: Float32Array, at: number, count: number, out: Float32Array, outAt: number) => void;

/** The computation in plain JavaScript, for every plan. */
export function fftKernel(plan: FbankPlan): FrameKernel {
  const { frameSamples, hopSamples, fftSize, melBins, preEmphasis, window, edges, rise } = plan;
  // Even samples as real parts and odd ones as imaginary parts: a transform of half the size, taken apart afterwards.
  const n = fftSize / 2;
  const fft = new FFT(n);
  const angles = Float64Array.from({ length: n / 2 + 1 }, (_, k) => (Math.PI * k) / n);
  const cosines = angles.map(Math.cos);
  const sines = angles.map(Math.sin);
  // Scratch space of the one frame in work: the computation is synchronous.
  const padded = new Float64Array(fftSize);
  const spectrum = new Float64Array(fftSize);
  const power = new Float64Array(n);
  const energies = new Float32Array(melBins);
  const energyBits = new Int32Array(energies.buffer);

  function mean(x: Float32Array, at: number): number {
    // Four sums at once: one would wait for itself at every addition.
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    let i = 0;
    for (; i + 4 <= frameSamples; i += 4) {
      s0 += x[at + i];
      s1 += x[at + i + 1];
      s2 += x[at + i + 2];
      s3 += x[at + i + 3];
    }
    for (; i < frameSamples; i++) s0 += x[at + i];
    return (s0 + s1 + (s2 + s3)) / frameSamples;
  }

  /** Without its mean, pre-emphasised and windowed. */
  function windowed(x: Float32Array, at: number): void {
    const offset = mean(x, at) * (1 - preEmphasis);
    // Pre-emphasis takes the sample before; the first takes itself.
    let previous = x[at];
    for (let i = 0; i < frameSamples; i++) {
      const value = x[at + i];
      padded[i] = (value - preEmphasis * previous - offset) * window[i];
      previous = value;
    }
  }

  /** Four times the power of bins 1 to n - 1 of the real transform, from the complex one Z of half its size: with
   *  E = Z[k] + Z*[n - k] and O = (Z[k] - Z*[n - k]) / i, bin k is (E + exp(-pi i k / n) O) / 2, and bin n - k is the
   *  conjugate of (E - exp(-pi i k / n) O) / 2. */
  function powers(): void {
    for (let k = 1; k <= n / 2; k++) {
      const a = spectrum[2 * k];
      const b = spectrum[2 * k + 1];
      const c = spectrum[2 * (n - k)];
      const d = spectrum[2 * (n - k) + 1];
      const er = a + c;
      const ei = b - d;
      const or = b + d;
      const oi = c - a;
      const tr = cosines[k] * or + sines[k] * oi;
      const ti = cosines[k] * oi - sines[k] * or;
      power[k] = (er + tr) * (er + tr) + (ei + ti) * (ei + ti);
      power[n - k] = (er - tr) * (er - tr) + (ei - ti) * (ei - ti);
    }
  }

  /** A power between the centres of two mel bins is shared by both. */
  function melEnergies(): void {
    let rising = 0;
    for (let bin = 0; bin <= melBins; bin++) {
      let sum = 0;
      let risen = 0;
      const end = edges[bin + 1];
      for (let k = edges[bin]; k < end; k++) {
        sum += power[k];
        risen += rise[k] * power[k];
      }
      if (bin > 0) energies[bin - 1] = Math.max((rising + sum - risen) / 4, FBANK.floor);
      rising = risen;
    }
  }

  return (x, at, frames, out, outAt) => {
    for (let frame = 0; frame < frames; frame++) {
      windowed(x, at + frame * hopSamples);
      fft.transform(spectrum, padded);
      powers();
      melEnergies();
      logs(energyBits, out, outAt + frame * melBins);
    }
  };
}
