/** The samples of frames go in, their log-mel energies come out: the one computation behind `fbank` and `StreamingFbank`. */
import FFT from 'fft.js';
import { FBANK, type FbankPlan } from './fbank-plan.js';

/** Computes `count` frames, the first from `x[at]`, each a hop further, into `out[outAt …]`, row-major [count, melBins].
 *  A frame depends on its own samples only. */
export type FrameKernel = (x: Float32Array, at: number, count: number, out: Float32Array, outAt: number) => void;

/** The computation in plain JavaScript, for every plan. */
export function fftKernel(plan: FbankPlan): FrameKernel {
  const { frameSamples, hopSamples, fftSize, melBins, preEmphasis, window, first, count, weights } = plan;
  const fft = new FFT(fftSize);
  // Scratch space of the one frame in work: the computation is synchronous.
  const padded = new Float64Array(fftSize);
  const spectrum = new Float64Array(2 * fftSize);
  const power = new Float64Array(fftSize / 2);

  function windowed(x: Float32Array, at: number): void {
    let sum = 0;
    for (let i = at; i < at + frameSamples; i++) sum += x[i];
    const mean = sum / frameSamples;
    // Pre-emphasis takes the sample before; the first takes itself.
    let previous = x[at] - mean;
    for (let i = 0; i < frameSamples; i++) {
      const value = x[at + i] - mean;
      padded[i] = (value - preEmphasis * previous) * window[i];
      previous = value;
    }
  }

  function melEnergies(out: Float32Array, outAt: number): void {
    for (let k = 0; k < power.length; k++) {
      const re = spectrum[2 * k];
      const im = spectrum[2 * k + 1];
      power[k] = re * re + im * im;
    }
    let w = 0;
    for (let bin = 0; bin < melBins; bin++) {
      let energy = 0;
      const from = first[bin];
      const to = from + count[bin];
      for (let k = from; k < to; k++) energy += weights[w++] * power[k];
      out[outAt + bin] = Math.log(Math.max(energy, FBANK.floor));
    }
  }

  return (x, at, frames, out, outAt) => {
    for (let frame = 0; frame < frames; frame++) {
      windowed(x, at + frame * hopSamples);
      fft.realTransform(spectrum, padded);
      melEnergies(out, outAt + frame * melBins);
    }
  };
}
