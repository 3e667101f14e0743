/** Samples go in, the same as an Opus encoder and decoder leave them come out. */
import { type Pcm, resample } from '@auricle/audio';
import { datasetError } from '../errors.js';
import type { Range } from './ranges.js';

/** Hz that Opus codes, ascending. */
const RATES = [8000, 12_000, 16_000, 24_000, 48_000] as const;
const FRAMES_PER_SECOND = 50;
/** Of 0 to 10: higher ones take twice as long for little. */
const COMPLEXITY = 5;
export const BITS_PER_SECOND: Range = [6000, 128_000];

/** Coded as speech in frames of 20 ms, mono, and decoded. Length and timing stay.
 *  @param bitsPerSecond from 6,000 to 128,000
 *  @throws AUR_AUGMENT_OPTION */
export async function opusRoundTrip({ samples, sampleRate }: Pcm, bitsPerSecond: number): Promise<Pcm> {
  const [least, most] = BITS_PER_SECOND;
  if (!(bitsPerSecond >= least && bitsPerSecond <= most))
    throw datasetError('AUR_AUGMENT_OPTION', {
      name: 'Opus bitsPerSecond',
      value: bitsPerSecond,
      expected: `a number from ${least} to ${most}`,
    });
  const codecRate = RATES.find((rate) => rate >= sampleRate) ?? 48_000;
  const coded = await code(resample(samples, sampleRate, codecRate), codecRate, Math.round(bitsPerSecond));
  return { samples: resample(coded, codecRate, sampleRate).subarray(0, samples.length), sampleRate };
}

async function code(samples: Float32Array, sampleRate: (typeof RATES)[number], bitrate: number): Promise<Float32Array> {
  // Loaded when first needed: it takes longer than all else here.
  const { Application, createDecoder, createEncoder } = await import('libopus-wasm');
  const frame = sampleRate / FRAMES_PER_SECOND;
  // New ones each time: they carry state from frame to frame.
  const settings = { sampleRate, channels: 1, frameSize: frame } as const;
  const encoder = await createEncoder({ ...settings, application: Application.Voip, bitrate, complexity: COMPLEXITY });
  const decoder = await createDecoder({ sampleRate, channels: 1 });
  try {
    const delay = encoder.getLookahead();
    const decoded = new Float32Array(Math.ceil((samples.length + delay) / frame) * frame);
    const input = new Float32Array(frame);
    for (let at = 0; at < decoded.length; at += frame) {
      for (let i = 0; i < frame; i++) input[i] = Math.max(-1, Math.min(1, samples[at + i] ?? 0));
      decoded.set(decoder.decodeFloat(encoder.encodeFloat(input)), at);
    }
    return decoded.subarray(delay, delay + samples.length);
  } finally {
    encoder.free();
    decoder.free();
  }
}
