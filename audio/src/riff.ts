/** The bytes of a WAV file go in; what its header claims is checked against them, and the sound's encoding and bytes come out. */
import { audioError } from './audio-errors.js';

/** Codes of the `fmt ` chunk. */
export const WAV_FORMATS = { integer: 1, float: 3, aLaw: 6, muLaw: 7 } as const;
const EXTENSIBLE = 0xfffe;
/** What a program writes that cannot seek back in a pipe to fill in the size: the sound goes on to the end of the file. */
const UNKNOWN_SIZE = 0xffffffff;
const BITS = new Map<number, number[]>([
  [WAV_FORMATS.integer, [8, 16, 24, 32]],
  [WAV_FORMATS.float, [32, 64]],
  [WAV_FORMATS.aLaw, [8]],
  [WAV_FORMATS.muLaw, [8]],
]);

export interface WavSound {
  littleEndian: boolean;
  /** One of `WAV_FORMATS`. */
  format: number;
  channels: number;
  /** Hz */
  sampleRate: number;
  bits: number;
  /** Whole blocks of `channels` samples, a view of the file. */
  data: Uint8Array;
}

/** @throws AUR_AUDIO_TRUNCATED when a chunk reaches beyond the file or there is no sound, AUR_AUDIO_UNSUPPORTED for an
 *  encoding that is not read, AUR_AUDIO_DAMAGED for a header that contradicts itself */
export function parseWav(bytes: Uint8Array, source: string): WavSound {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const littleEndian = bytes[3] === 0x46; // RIFF, not RIFX
  const truncated = (reason: string) => audioError('AUR_AUDIO_TRUNCATED', { source, reason });
  const damaged = (reason: string) => audioError('AUR_AUDIO_DAMAGED', { source, format: 'WAV', reason });
  if (bytes.length < 12) throw truncated(`a WAV header has 12 bytes, it has ${bytes.length}`);
  if (view.getUint32(8) !== 0x57415645) throw damaged('no "WAVE" after the file size');
  let encoding: Encoding | undefined;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const id = String.fromCharCode(...bytes.subarray(at, at + 4));
    const claimed = view.getUint32(at + 4, littleEndian);
    at += 8;
    const size = id === 'data' && claimed === UNKNOWN_SIZE ? bytes.length - at : claimed;
    if (at + size > bytes.length)
      throw truncated(`WAV chunk ${JSON.stringify(id)} claims ${size} bytes, ${bytes.length - at} are left`);
    if (id === 'fmt ')
      encoding = readEncoding(new DataView(view.buffer, view.byteOffset + at, size), littleEndian, source);
    if (id === 'data') {
      if (!encoding) throw damaged('no "fmt " chunk before "data"');
      const block = (encoding.channels * encoding.bits) / 8;
      return { ...encoding, littleEndian, data: bytes.subarray(at, at + size - (size % block)) };
    }
    at += size + (size % 2);
  }
  throw truncated('no WAV chunk "data"');
}

type Encoding = Pick<WavSound, 'format' | 'channels' | 'sampleRate' | 'bits'>;

function readEncoding(chunk: DataView, littleEndian: boolean, source: string): Encoding {
  const damaged = (reason: string) => audioError('AUR_AUDIO_DAMAGED', { source, format: 'WAV', reason });
  if (chunk.byteLength < 16) throw damaged(`its "fmt " chunk has ${chunk.byteLength} bytes, expected 16 or more`);
  let format = chunk.getUint16(0, littleEndian);
  // WAVE_FORMAT_EXTENSIBLE: the code opens a GUID at byte 24.
  if (format === EXTENSIBLE && chunk.byteLength >= 26) format = chunk.getUint16(24, littleEndian);
  const channels = chunk.getUint16(2, littleEndian);
  const sampleRate = chunk.getUint32(4, littleEndian);
  const blockBytes = chunk.getUint16(12, littleEndian);
  const bits = chunk.getUint16(14, littleEndian);
  if (!BITS.get(format)?.includes(bits)) throw audioError('AUR_AUDIO_UNSUPPORTED', { source, format, bits });
  if (channels === 0 || sampleRate === 0) throw damaged(`${channels} channels at ${sampleRate} Hz`);
  if (blockBytes !== (channels * bits) / 8)
    throw damaged(`${blockBytes} bytes a block, expected ${(channels * bits) / 8}`);
  return { format, channels, sampleRate, bits };
}
