/** Samples go in, the same as heard over a telephone come out. */
import { type Pcm, resample } from '@auricle/audio';
import alawmulaw from 'alawmulaw';
import { convolve } from './convolve.js';

/** Hz */
const LINE_RATE = 8000;
/** The line carries what lies between (Hz): -6 dB at the lower end, below -70 dB from the upper end on. */
const [LOWEST, HIGHEST] = [300, 3400];
/** From what the filter passes to what it stops (Hz). */
const TRANSITION = 200;
/** A Blackman window's transition is 5.5 / length. */
const HALF_TAPS = Math.ceil((5.5 * LINE_RATE) / TRANSITION / 2);

/** Resampled to 8 kHz, cut to 300-3400 Hz, coded and decoded as mu-law (ITU-T G.711), and back at the old rate.
 *  Length and timing stay. */
export function telephone({ samples, sampleRate }: Pcm): Pcm {
  const narrow = resample(samples, sampleRate, LINE_RATE);
  const line = convolve(narrow, telephoneBand(), HALF_TAPS, narrow.length);
  for (let i = 0; i < line.length; i++) line[i] = muLawRoundTrip(line[i]);
  // Rounded up twice, it may be longer.
  return { samples: resample(line, LINE_RATE, sampleRate).subarray(0, samples.length), sampleRate };
}

/** @param sample clipped to [-1, 1] */
function muLawRoundTrip(sample: number): number {
  const { encodeSample, decodeSample } = alawmulaw.mulaw;
  const integer = Math.max(-32_768, Math.min(32_767, Math.round(sample * 32_768)));
  return decodeSample(encodeSample(integer)) / 32_768;
}

let band: Float64Array | undefined;

/** A band-pass filter, symmetric about its middle: a sinc under a Blackman window. */
function telephoneBand(): Float64Array {
  if (band) return band;
  const [low, high] = [LOWEST, HIGHEST - TRANSITION / 2].map((hertz) => (2 * Math.PI * hertz) / LINE_RATE);
  band = Float64Array.from({ length: 2 * HALF_TAPS + 1 }, (_, i) => {
    const at = i - HALF_TAPS;
    const x = (Math.PI * at) / HALF_TAPS;
    const window = 0.42 + 0.5 * Math.cos(x) + 0.08 * Math.cos(2 * x);
    return (at === 0 ? (high - low) / Math.PI : (Math.sin(high * at) - Math.sin(low * at)) / (Math.PI * at)) * window;
  });
  return band;
}
