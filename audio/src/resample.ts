/** Samples at one rate go in, samples at another come out: a windowed-sinc resampler, whole or as a stream. */
import { audioError } from './audio-errors.js';

export const LOWEST_RATE = 1000;
export const HIGHEST_RATE = 768_000;

/** Half the filter's length in periods of the lower of the two rates. */
const HALF_PERIODS = 32;
/** Stop-band rejection that the Kaiser window is made for (dB). */
const REJECTION = 90;
const BETA = 0.1102 * (REJECTION - 8.7);
/** Kaiser's transition width in periods of the lower rate; the stop band starts at its Nyquist frequency. */
const TRANSITION = (REJECTION - 8) / (2.285 * 2 * HALF_PERIODS * 2 * Math.PI);
const CUTOFF = 0.5 - TRANSITION / 2;

/** More phases than this are interpolated between: at 512 the error is below -100 dB. */
const MOST_PHASES = 512;

/** Modified Bessel function of the first kind, order 0, by its power series. */
function besselI0(x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

interface Filter {
  phases: number;
  /** taps a phase */
  taps: number;
  /** [phases + 1, taps]: weights of inputs floor(t) - taps / 2 + 1 … floor(t) + taps / 2 for a fraction of t */
  weights: Float64Array;
}
const filters = new Map<string, Filter>();

/** @param scale lower rate / input rate, at most 1 */
function filterFor(phases: number, scale: number): Filter {
  const key = `${phases}/${scale}`;
  let filter = filters.get(key);
  if (!filter) {
    filter = designFilter(phases, scale);
    // Rates drawn at random must not fill the memory.
    if (filters.size >= 64) filters.clear();
    filters.set(key, filter);
  }
  return filter;
}

function designFilter(phases: number, scale: number): Filter {
  const half = Math.ceil(HALF_PERIODS / scale);
  const taps = 2 * half;
  const weights = new Float64Array((phases + 1) * taps);
  for (let phase = 0; phase <= phases; phase++)
    for (let tap = 0; tap < taps; tap++) {
      const distance = (tap - half + 1 - phase / phases) * scale;
      const edge = distance / HALF_PERIODS;
      if (Math.abs(edge) >= 1) continue;
      const x = 2 * Math.PI * CUTOFF * distance;
      const sinc = x === 0 ? 1 : Math.sin(x) / x;
      weights[phase * taps + tap] =
        2 * CUTOFF * scale * sinc * (besselI0(BETA * Math.sqrt(1 - edge * edge)) / besselI0(BETA));
    }
  return { phases, taps, weights };
}

const greatestCommonDivisor = (a: number, b: number): number => (b === 0 ? a : greatestCommonDivisor(b, a % b));

function checkRate(rate: number): void {
  if (!Number.isInteger(rate) || rate < LOWEST_RATE || rate > HIGHEST_RATE)
    throw audioError('AUR_AUDIO_RATE', { rate, lowest: LOWEST_RATE, highest: HIGHEST_RATE });
}

/** Output sample j stands at input time j · from / to, so nothing is delayed; beyond both ends lies silence.
 *  Any cutting of the input gives the same samples; n inputs give ceil(n · to / from) outputs in all. */
export class StreamingResampler {
  private readonly up: number;
  private readonly down: number;
  private readonly filter: Filter;
  private pending = new Float32Array(0);
  /** Absolute position of `pending[0]`; starts in the silence before the input. */
  private start: number;
  private received = 0;
  private produced = 0;

  /** @throws AUR_AUDIO_RATE when a rate is no whole number of Hz from 1,000 to 768,000 */
  constructor(from: number, to: number) {
    checkRate(from);
    checkRate(to);
    const common = greatestCommonDivisor(from, to);
    this.up = to / common;
    this.down = from / common;
    this.filter = filterFor(Math.min(this.up, MOST_PHASES), Math.min(1, to / from));
    this.start = 0;
    this.reset();
  }

  push(samples: Float32Array): Float32Array {
    if (this.up === this.down) return samples;
    this.append(samples);
    this.received += samples.length;
    // Output j needs inputs up to floor(j · down / up) + taps / 2.
    const last = this.received - 1 - this.filter.taps / 2;
    return this.produce(last < 0 ? 0 : Math.floor(((last + 1) * this.up - 1) / this.down) + 1);
  }

  /** The samples still owed; the object is then as new. */
  flush(): Float32Array {
    if (this.up === this.down) return new Float32Array(0);
    const total = Math.ceil((this.received * this.up) / this.down);
    this.append(new Float32Array(this.filter.taps));
    const out = this.produce(total);
    this.reset();
    return out;
  }

  private reset(): void {
    const before = this.filter.taps / 2;
    this.pending = new Float32Array(before);
    this.start = -before;
    this.received = 0;
    this.produced = 0;
  }

  private append(samples: Float32Array): void {
    const oldest = Math.floor((this.produced * this.down) / this.up) - this.filter.taps / 2 + 1;
    const kept = this.pending.subarray(Math.min(Math.max(0, oldest - this.start), this.pending.length));
    const joined = new Float32Array(kept.length + samples.length);
    joined.set(kept);
    joined.set(samples, kept.length);
    this.start += this.pending.length - kept.length;
    this.pending = joined;
  }

  private produce(upTo: number): Float32Array {
    const { pending, start, up, down } = this;
    const { taps, weights, phases } = this.filter;
    const out = new Float32Array(Math.max(0, upTo - this.produced));
    for (let i = 0; i < out.length; i++, this.produced++) {
      const position = this.produced * down;
      const whole = Math.floor(position / up);
      const fraction = ((position - whole * up) / up) * phases;
      const phase = phases === up ? Math.round(fraction) : Math.floor(fraction);
      const blend = phases === up ? 0 : fraction - phase;
      const from = whole - taps / 2 + 1 - start;
      const row = phase * taps;
      // Four sums at once: one would wait for itself at every addition. `taps` is even; the last pair may be left over.
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      let k = 0;
      if (blend === 0) {
        for (; k + 4 <= taps; k += 4) {
          s0 += weights[row + k] * pending[from + k];
          s1 += weights[row + k + 1] * pending[from + k + 1];
          s2 += weights[row + k + 2] * pending[from + k + 2];
          s3 += weights[row + k + 3] * pending[from + k + 3];
        }
      }
      for (; k < taps; k++) {
        const w = weights[row + k];
        s0 += (w + blend * (weights[row + taps + k] - w)) * pending[from + k];
      }
      out[i] = s0 + s1 + (s2 + s3);
    }
    return out;
  }
}

/** @param samples mono PCM at `from` Hz
 *  @returns ceil(samples.length · to / from) samples at `to` Hz
 *  @throws AUR_AUDIO_RATE */
export function resample(samples: Float32Array, from: number, to: number): Float32Array {
  const resampler = new StreamingResampler(from, to);
  const head = resampler.push(samples);
  const tail = resampler.flush();
  if (tail.length === 0) return head;
  const out = new Float32Array(head.length + tail.length);
  out.set(head);
  out.set(tail, head.length);
  return out;
}
