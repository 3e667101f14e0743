/** The format of a file of bare samples goes in, as a user states it; a description of its sound comes out. */
import { audioError } from '../audio-errors.js';
import type { ByteSource } from '../byte-source.js';
import type { PcmSound } from './pcm-sound.js';
import { PCM_FORMATS, type PcmEncoding } from './wave-samples.js';

const { integer, float, aLaw, muLaw } = PCM_FORMATS;

/** Named as in ffmpeg: signed or unsigned integers, floats or G.711, bits, byte order. */
export const RAW_ENCODINGS = {
  u8: { format: integer, bits: 8, littleEndian: true },
  s16le: { format: integer, bits: 16, littleEndian: true },
  s16be: { format: integer, bits: 16, littleEndian: false },
  s24le: { format: integer, bits: 24, littleEndian: true },
  s24be: { format: integer, bits: 24, littleEndian: false },
  s32le: { format: integer, bits: 32, littleEndian: true },
  s32be: { format: integer, bits: 32, littleEndian: false },
  f32le: { format: float, bits: 32, littleEndian: true },
  f32be: { format: float, bits: 32, littleEndian: false },
  alaw: { format: aLaw, bits: 8, littleEndian: true },
  mulaw: { format: muLaw, bits: 8, littleEndian: true },
} as const satisfies Record<string, PcmEncoding>;

export interface RawFormat {
  encoding: keyof typeof RAW_ENCODINGS;
  /** Hz */
  sampleRate: number;
  /** Interleaved, default 1. */
  channels?: number;
}

/** @throws AUR_AUDIO_TRUNCATED where the last sample is not whole */
export function rawSound({ size }: ByteSource, raw: RawFormat, source: string): PcmSound {
  const { channels = 1, sampleRate } = raw;
  const encoding: PcmEncoding = RAW_ENCODINGS[raw.encoding];
  const block = (channels * encoding.bits) / 8;
  if (size % block !== 0) {
    const reason = `its ${size} bytes are no whole number of ${raw.encoding} samples of ${channels} channels`;
    throw audioError('AUR_AUDIO_TRUNCATED', { source, reason });
  }
  return { container: 'raw PCM', ...encoding, channels, sampleRate, dataAt: 0, dataBytes: size };
}
