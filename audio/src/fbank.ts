/** Samples go in, log-mel frames come out: Kaldi's fbank, whole or as a stream. */
import FFT from 'fft.js';
import { audioError } from './audio-errors.js';

/** Fixed to what sherpa-onnx computes for streaming CTC models. */
export const FBANK = {
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

const { frameSamples, hopSamples, fftSize, melBins } = FBANK;
/** With `snip_edges=false` frame t covers samples [160 t - 120, 160 t + 280). */
const LEAD = (frameSamples - hopSamples) / 2;

/** Povey window: a Hann window to the power 0.85 (Kaldi feature-window.cc). */
const WINDOW = Float64Array.from(
  { length: frameSamples },
  (_, i) => (0.5 - 0.5 * Math.cos((2 * Math.PI * i) / (frameSamples - 1))) ** 0.85,
);

/** HTK mel scale. */
const mel = (hz: number) => 1127 * Math.log(1 + hz / 700);

/** Each mel bin's first FFT bin and triangle weights (Kaldi mel-computations.cc), one after the other. */
const TRIANGLES = (() => {
  const low = mel(FBANK.lowHz);
  const step = (mel(FBANK.highHz) - low) / (melBins + 1);
  const first: number[] = [];
  const count: number[] = [];
  const weights: number[] = [];
  for (let bin = 0; bin < melBins; bin++) {
    const [left, centre, right] = [0, 1, 2].map((i) => low + (bin + i) * step);
    const inside: [number, number][] = [];
    for (let k = 0; k < fftSize / 2; k++) {
      const at = mel((k * FBANK.sampleRate) / fftSize);
      if (at > left && at < right) inside.push([k, at <= centre ? (at - left) / step : (right - at) / step]);
    }
    first.push(inside[0][0]);
    count.push(inside.length);
    weights.push(...inside.map(([, w]) => w));
  }
  return { first: Int32Array.from(first), count: Int32Array.from(count), weights: Float64Array.from(weights) };
})();

const fft = new FFT(fftSize);
// Scratch space of the one frame in work; the computation is synchronous.
const padded = new Float64Array(fftSize);
const spectrum = new Float64Array(2 * fftSize);
const power = new Float64Array(fftSize / 2);

/** One frame from `x[at .. at + 400)` into `out[outAt .. outAt + 80)`. */
function frameInto(x: ArrayLike<number>, at: number, out: Float32Array, outAt: number): void {
  let sum = 0;
  for (let i = 0; i < frameSamples; i++) sum += x[at + i];
  const mean = sum / frameSamples;
  // Pre-emphasis takes the sample before; the first takes itself.
  let previous = x[at] - mean;
  for (let i = 0; i < frameSamples; i++) {
    const value = x[at + i] - mean;
    padded[i] = (value - FBANK.preEmphasis * previous) * WINDOW[i];
    previous = value;
  }
  fft.realTransform(spectrum as unknown as number[], padded as unknown as number[]);
  for (let k = 0; k < fftSize / 2; k++) {
    const re = spectrum[2 * k];
    const im = spectrum[2 * k + 1];
    power[k] = re * re + im * im;
  }
  const { first, count, weights } = TRIANGLES;
  let w = 0;
  for (let bin = 0; bin < melBins; bin++) {
    let energy = 0;
    const from = first[bin];
    const to = from + count[bin];
    for (let k = from; k < to; k++) energy += weights[w++] * power[k];
    out[outAt + bin] = Math.log(energy > FBANK.floor ? energy : FBANK.floor);
  }
}

/** Frames that so many samples give. */
export const frameCount = (samples: number) => Math.floor((samples + hopSamples / 2) / hopSamples);

/** Log-mel frames of a whole utterance, exactly as Kaldi's `compute-fbank-feats --snip-edges=false`.
 *  @param samples mono PCM in [-1, 1] at 16 kHz
 *  @returns row-major [frames, 80]; frames = floor((samples.length + 80) / 160)
 *  @throws AUR_AUDIO_EMPTY when `samples` has no element */
export function fbank(samples: Float32Array): Float32Array {
  if (samples.length === 0) throw audioError('AUR_AUDIO_EMPTY', { source: 'fbank' });
  const stream = new StreamingFbank();
  const head = stream.push(samples);
  const tail = stream.flush();
  const frames = new Float32Array(head.length + tail.length);
  frames.set(head);
  frames.set(tail, head.length);
  return frames;
}

/** The same frames from samples that come in pieces: any cutting gives bit-identical frames. */
export class StreamingFbank {
  /** Samples from absolute position `start` on; before 0 lies the mirrored left edge. */
  private pending = new Float32Array(0);
  private start = 0;
  private received = 0;
  private frame = 0;

  /** @param samples mono PCM in [-1, 1] at 16 kHz, any number
   *  @returns the frames that became complete, row-major [frames, 80] */
  push(samples: Float32Array): Float32Array {
    this.append(samples);
    const { received } = this;
    const complete =
      received < frameSamples - LEAD ? 0 : Math.floor((received - (frameSamples - LEAD)) / hopSamples) + 1;
    return this.emit(complete);
  }

  /** Ends the utterance: its right edge is mirrored for the last frames. The object is then as new. */
  flush(): Float32Array {
    const frames = this.emit(frameCount(this.received));
    this.reset();
    return frames;
  }

  reset(): void {
    this.pending = new Float32Array(0);
    this.start = 0;
    this.received = 0;
    this.frame = 0;
  }

  private append(samples: Float32Array): void {
    const from = Math.max(0, this.frame * hopSamples - LEAD);
    const kept = this.pending.subarray(Math.min(from - this.start, this.pending.length));
    const joined = new Float32Array(kept.length + samples.length);
    joined.set(kept);
    joined.set(samples, kept.length);
    this.pending = joined;
    this.start = from;
    this.received += samples.length;
  }

  private emit(upTo: number): Float32Array {
    const count = Math.max(0, upTo - this.frame);
    const out = new Float32Array(count * melBins);
    for (let i = 0; i < count; i++, this.frame++) {
      const at = this.frame * hopSamples - LEAD;
      const inside = at >= 0 && at + frameSamples <= this.received;
      if (inside) frameInto(this.pending, at - this.start, out, i * melBins);
      else frameInto(this.mirrored(at), 0, out, i * melBins);
    }
    return out;
  }

  /** The frame at `at` with the edges mirrored: sample -1 is sample 0, -2 is 1, n is n - 1 (Kaldi feature-window.cc). */
  private mirrored(at: number): Float32Array {
    const { received, pending, start } = this;
    return Float32Array.from({ length: frameSamples }, (_, i) => {
      let s = at + i;
      while (s < 0 || s >= received) s = s < 0 ? -s - 1 : 2 * received - 1 - s;
      return pending[s - start];
    });
  }
}
