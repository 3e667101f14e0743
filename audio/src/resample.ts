/** Samples at one rate go in, samples at another come out, whole or as a stream: the resampler of Xiph's Speex. */
import loadSpeex from '@echogarden/speex-resampler-wasm/simd';
import { audioError } from './audio-errors.js';

export const LOWEST_RATE = 1000;
export const HIGHEST_RATE = 768_000;

/** Of 0 to 10: a windowed sinc over 128 periods of the lower rate, flat up to 0.45 of it and below -100 dB from its half on. */
const QUALITY = 7;
const FILTER_PERIODS = 128;

const speex = await loadSpeex();
/** Where samples pass through the module's memory, so many at a time: addresses. */
const MOST_INPUT = 4096;
const MOST_OUTPUT = 16_384;
const input = speex._malloc(4 * MOST_INPUT);
const output = speex._malloc(4 * MOST_OUTPUT);
const inputLength = speex._malloc(4);
const outputLength = speex._malloc(4);

/** Memory of streams that were dropped before their end. */
const dropped = new FinalizationRegistry<number>((state) => speex._speex_resampler_destroy(state));

function checkRate(rate: number): void {
  if (!Number.isInteger(rate) || rate < LOWEST_RATE || rate > HIGHEST_RATE)
    throw audioError('AUR_AUDIO_RATE', { rate, lowest: LOWEST_RATE, highest: HIGHEST_RATE });
}

/** Input samples on either side of an output sample's time that it is made of. */
export function resamplerReach(from: number, to: number): number {
  if (from === to) return 0;
  return (8 * Math.ceil((FILTER_PERIODS * Math.max(1, from / to)) / 8)) / 2;
}

/** Output sample j stands at input time j · from / to, so nothing is delayed; beyond both ends lies silence.
 *  Any cutting of the input gives the same samples; n inputs give ceil(n · to / from) outputs in all. */
export class StreamingResampler {
  /** In the module's memory, from the first samples to the flush. */
  private state: number | undefined;
  private received = 0;
  private produced = 0;

  /** @throws AUR_AUDIO_RATE when a rate is no whole number of Hz from 1,000 to 768,000 */
  constructor(
    private readonly from: number,
    private readonly to: number,
  ) {
    checkRate(from);
    checkRate(to);
  }

  push(samples: Float32Array): Float32Array {
    if (this.from === this.to) return samples;
    this.received += samples.length;
    return this.process(samples, Number.POSITIVE_INFINITY);
  }

  /** The samples still owed; the object is then as new. */
  flush(): Float32Array {
    if (this.state === undefined) return new Float32Array(0);
    const owed = Math.ceil((this.received * this.to) / this.from) - this.produced;
    const silence = new Float32Array(speex._speex_resampler_get_input_latency(this.state));
    const out = this.process(silence, owed);
    dropped.unregister(this);
    speex._speex_resampler_destroy(this.state);
    this.state = undefined;
    this.received = 0;
    this.produced = 0;
    return out;
  }

  private process(samples: Float32Array, most: number): Float32Array {
    const state = this.state ?? this.open();
    const parts: Float32Array[] = [];
    let made = 0;
    for (let done = 0; done < samples.length; ) {
      const part = samples.subarray(done, done + MOST_INPUT);
      speex.HEAPF32.set(part, input / 4);
      speex.HEAPU32[inputLength / 4] = part.length;
      speex.HEAPU32[outputLength / 4] = MOST_OUTPUT;
      speex._speex_resampler_process_float(state, 0, input, inputLength, output, outputLength);
      done += speex.HEAPU32[inputLength / 4];
      const count = Math.min(speex.HEAPU32[outputLength / 4], most - made);
      parts.push(speex.HEAPF32.slice(output / 4, output / 4 + count));
      made += count;
    }
    this.produced += made;
    return joined(parts, made);
  }

  private open(): number {
    const state = speex._speex_resampler_init(1, this.from, this.to, QUALITY, 0);
    if (state === 0) throw new RangeError('no memory is left for another resampler');
    // The filter's first half, which would delay the output, is taken as passed.
    speex._speex_resampler_skip_zeros(state);
    dropped.register(this, state, this);
    this.state = state;
    return state;
  }
}

function joined(parts: readonly Float32Array[], length: number): Float32Array {
  if (parts.length === 1) return parts[0];
  const whole = new Float32Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** @param samples mono PCM at `from` Hz
 *  @returns ceil(samples.length · to / from) samples at `to` Hz
 *  @throws AUR_AUDIO_RATE */
export function resample(samples: Float32Array, from: number, to: number): Float32Array {
  const resampler = new StreamingResampler(from, to);
  const head = resampler.push(samples);
  const tail = resampler.flush();
  return tail.length === 0 ? head : joined([head, tail], head.length + tail.length);
}
