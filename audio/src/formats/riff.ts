/** The header of a WAV file goes in; what it claims is checked against the file, and a description of its sound comes out. */
import { audioError } from '../audio-errors.js';
import type { ByteSource } from '../byte-source.js';
import type { PcmSound } from './pcm-sound.js';
import { PCM_FORMATS } from './wave-samples.js';

const WAV = 'WAV';
/** Little-endian, big-endian, and the two that hold more than 4 GB (EBU Tech 3306, ITU-R BS.2088). */
export const WAV_MAGICS = ['RIFF', 'RIFX', 'RF64', 'BW64'];
const EXTENSIBLE = 0xfffe;
/** What a program writes that cannot seek back in a pipe to fill in the size: the sound goes on to the end of the file. In the
 *  formats for more than 4 GB the size stands in the chunk "ds64". */
const UNKNOWN_SIZE = 0xffffffff;
/** SoX writes this, and rather has less. */
const SOX_UNKNOWN_SIZE = 0x7ffff000;
const BITS = new Map<number, number[]>([
  [PCM_FORMATS.integer, [8, 16, 24, 32]],
  [PCM_FORMATS.float, [32, 64]],
  [PCM_FORMATS.aLaw, [8]],
  [PCM_FORMATS.muLaw, [8]],
]);
const MOST_FORMAT_BYTES = 40;
/** No program writes more before the sound. */
const MOST_CHUNKS = 1000;

/** @throws AUR_AUDIO_TRUNCATED when a chunk reaches beyond the file or there is no sound, AUR_AUDIO_UNSUPPORTED for an
 *  encoding that is not read, AUR_AUDIO_DAMAGED for a header that contradicts itself */
export async function readWav(file: ByteSource, source: string): Promise<PcmSound> {
  const truncated = (reason: string) => audioError('AUR_AUDIO_TRUNCATED', { source, reason });
  const damaged = (reason: string) => audioError('AUR_AUDIO_DAMAGED', { source, format: WAV, reason });
  if (file.size < 12) throw truncated(`a WAV header has 12 bytes, it has ${file.size}`);
  const start = await file.read(0, 12);
  const littleEndian = text(start, 0) !== 'RIFX';
  if (text(start, 8) !== 'WAVE') throw damaged('no "WAVE" after the file size');
  let encoding: Encoding | undefined;
  let longSize: number | undefined;
  let at = 12;
  for (let chunks = 0; at + 8 <= file.size; chunks++) {
    if (chunks === MOST_CHUNKS) throw damaged(`no sound within ${MOST_CHUNKS} chunks`);
    const header = await file.read(at, 8);
    const id = text(header, 0);
    const claimed = view(header).getUint32(4, littleEndian);
    at += 8;
    const isUnknown = claimed === UNKNOWN_SIZE || (claimed === SOX_UNKNOWN_SIZE && at + claimed > file.size);
    const size = id === 'data' && isUnknown ? (longSize ?? file.size - at) : claimed;
    if (at + size > file.size)
      throw truncated(`WAV chunk ${JSON.stringify(id)} claims ${size} bytes, ${file.size - at} are left`);
    if (id === 'ds64') longSize = readLongSize(await file.read(at, Math.min(size, 16)));
    if (id === 'fmt ')
      encoding = readEncoding(view(await file.read(at, Math.min(size, MOST_FORMAT_BYTES))), littleEndian, source);
    if (id === 'data') {
      if (!encoding) throw damaged('no "fmt " chunk before "data"');
      const block = (encoding.channels * encoding.bits) / 8;
      return { container: WAV, ...encoding, littleEndian, dataAt: at, dataBytes: size - (size % block) };
    }
    at += size + (size % 2);
  }
  throw truncated('no WAV chunk "data"');
}

const text = (bytes: Uint8Array, at: number) => String.fromCharCode(...bytes.subarray(at, at + 4));
const view = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

/** Of the data chunk, behind the size of the file. */
const readLongSize = (ds64: Uint8Array) => (ds64.length < 16 ? undefined : Number(view(ds64).getBigUint64(8, true)));

type Encoding = Pick<PcmSound, 'format' | 'channels' | 'sampleRate' | 'bits'>;

function readEncoding(chunk: DataView, littleEndian: boolean, source: string): Encoding {
  const damaged = (reason: string) => audioError('AUR_AUDIO_DAMAGED', { source, format: WAV, reason });
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
