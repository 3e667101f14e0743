/** Fbank options go in, the tables that a frame's computation reads come out. */
import { audioError } from './audio-errors.js';
import { melOfHz } from './mel-scale.js';

/** What sherpa-onnx computes for streaming CTC models; the defaults. */
export const FBANK = {
  /** Hz */
  sampleRate: 16_000,
  frameSamples: 400,
  hopSamples: 160,
  fftSize: 512,
  melBins: 80,
  lowHz: 20,
  highHz: 7600,
  preEmphasis: 0.97,
  /** Kaldi's energy floor, FLT_EPSILON */
  floor: 1.1920928955078125e-7,
} as const;

/** Kaldi's options of the same meaning; what is left out is as in `FBANK`. */
export interface FbankOptions {
  /** Hz, default 16,000 */
  sampleRate?: number;
  /** default 25 */
  frameLengthMs?: number;
  /** default 10 */
  hopMs?: number;
  /** default 80 */
  melBins?: number;
  /** Lower edge of the first mel bin, default 20. */
  lowHz?: number;
  /** Upper edge of the last mel bin; 0 and below is an offset from the Nyquist frequency. Default -400. */
  highHz?: number;
  /** default 0.97 */
  preEmphasis?: number;
}

export interface FbankPlan {
  frameSamples: number;
  hopSamples: number;
  /** Samples that frame 0 reaches before sample 0: with `snip_edges=false` a frame's hop lies in its middle. */
  lead: number;
  /** Power of two, at least `frameSamples`. */
  fftSize: number;
  melBins: number;
  preEmphasis: number;
  /** [frameSamples] */
  window: Float64Array;
  /** [melBins + 2]: FFT bins edges[b] … edges[b + 1] - 1 lie between the centres of mel bins b - 1 and b. */
  edges: Int32Array;
  /** [fftSize / 2]: the part of an FFT bin's power that goes to the mel bin above; the rest goes to the one below. */
  rise: Float64Array;
}

/** @throws AUR_AUDIO_FBANK for values that give no frames */
export function planFbank(options: FbankOptions = {}): FbankPlan {
  const { sampleRate = FBANK.sampleRate, frameLengthMs = 25, hopMs = 10, preEmphasis = FBANK.preEmphasis } = options;
  const { melBins = FBANK.melBins, lowHz = FBANK.lowHz, highHz = FBANK.highHz - FBANK.sampleRate / 2 } = options;
  const frameSamples = Math.floor(sampleRate * 0.001 * frameLengthMs);
  const hopSamples = Math.floor(sampleRate * 0.001 * hopMs);
  const nyquist = sampleRate / 2;
  const high = highHz > 0 ? highHz : nyquist + highHz;
  const check = (fits: boolean, field: string, value: number, expected: string) => {
    if (!fits) throw audioError('AUR_AUDIO_FBANK', { field, value, expected });
  };
  check(hopSamples >= 1, 'hopMs', hopMs, 'at least one sample');
  check(frameSamples >= Math.max(3, hopSamples), 'frameLengthMs', frameLengthMs, 'at least hopMs and three samples');
  check(frameSamples <= 65_536, 'frameLengthMs', frameLengthMs, 'at most 65,536 samples');
  check(Number.isInteger(melBins) && melBins >= 1, 'melBins', melBins, 'a whole number from 1');
  check(lowHz >= 0 && lowHz < high, 'lowHz', lowHz, `0 or more and below ${high}`);
  check(high <= nyquist, 'highHz', highHz, `at most ${nyquist}`);
  const fftSize = 2 ** Math.ceil(Math.log2(frameSamples));
  return {
    frameSamples,
    hopSamples,
    lead: Math.floor(frameSamples / 2) - Math.floor(hopSamples / 2),
    fftSize,
    melBins,
    preEmphasis,
    window: poveyWindow(frameSamples),
    ...melTriangles(sampleRate, fftSize, melBins, lowHz, high),
  };
}

/** A Hann window to the power 0.85 (Kaldi feature-window.cc). */
const poveyWindow = (length: number) =>
  Float64Array.from({ length }, (_, i) => (0.5 - 0.5 * Math.cos((2 * Math.PI * i) / (length - 1))) ** 0.85);

/** Triangles of equal width on the mel scale (Kaldi mel-computations.cc), each from its neighbour's centre to the other's. */
function melTriangles(sampleRate: number, fftSize: number, melBins: number, lowHz: number, highHz: number) {
  const low = melOfHz(lowHz);
  const step = (melOfHz(highHz) - low) / (melBins + 1);
  /** In triangles' steps from the lowest edge. */
  const position = Float64Array.from(
    { length: fftSize / 2 },
    (_, k) => (melOfHz((k * sampleRate) / fftSize) - low) / step,
  );
  const edges = Int32Array.from({ length: melBins + 2 }, (_, bin) => {
    // The lowest edge itself is outside.
    const beyond = position.findIndex((at) => (bin === 0 ? at > 0 : at >= bin));
    return beyond < 0 ? position.length : beyond;
  });
  return { edges, rise: position.map((at) => at - Math.floor(at)) };
}
