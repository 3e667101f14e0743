/** The bytes of a FLAC file go in, its sample rate and its frames come out, each frame's checksums proven. */
import { audioError } from './audio-errors.js';

export interface FlacFrames {
  /** Hz */
  sampleRate: number;
  /** Views of the file. */
  frames: Uint8Array[];
  /** Samples a channel that the frames' headers state. */
  samples: number;
}

/** CRC of a byte alone, most significant bit first. */
function crcTable(polynomial: number, bits: number): Uint16Array {
  return Uint16Array.from({ length: 256 }, (_, byte) => {
    let crc = byte << (bits - 8);
    for (let i = 0; i < 8; i++) crc = crc & (1 << (bits - 1)) ? (crc << 1) ^ polynomial : crc << 1;
    return crc;
  });
}
const CRC8 = crcTable(0x07, 8).map((crc) => crc & 0xff);
const CRC16 = crcTable(0x8005, 16);

const STREAMINFO_BYTES = 34;

/** Splits a file that starts with "fLaC".
 *  @throws AUR_AUDIO_TRUNCATED where it ends within a block or frame or before the samples that it promises,
 *  AUR_AUDIO_DAMAGED where a checksum does not fit */
export function splitFlac(bytes: Uint8Array, source: string): FlacFrames {
  const { sampleRate, totalSamples, end } = readMetadata(bytes, source);
  const frames: Uint8Array[] = [];
  let samples = 0;
  for (let at = end; at < bytes.length; ) {
    const next = frameEnd(bytes, at, frames.length, source);
    frames.push(bytes.subarray(at, next));
    samples += blockSamples(bytes, at);
    at = next;
  }
  if (samples < totalSamples)
    throw audioError('AUR_AUDIO_TRUNCATED', { source, reason: `${samples} of ${totalSamples} FLAC samples are there` });
  return { sampleRate, frames, samples };
}

function readMetadata(bytes: Uint8Array, source: string) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const truncated = (reason: string) => audioError('AUR_AUDIO_TRUNCATED', { source, reason });
  let at = 4;
  let info: { sampleRate: number; totalSamples: number } | undefined;
  for (let last = false; !last; ) {
    if (at + 4 > bytes.length) throw truncated('it ends within the FLAC metadata');
    const header = view.getUint32(at);
    last = header >>> 31 === 1;
    const type = (header >>> 24) & 0x7f;
    const size = header & 0xff_ff_ff;
    at += 4;
    if (at + size > bytes.length)
      throw truncated(`a FLAC metadata block claims ${size} bytes, ${bytes.length - at} are left`);
    if (type === 0 && size >= STREAMINFO_BYTES) {
      // 20 bits rate, 3 bits channels, 5 bits sample size, 36 bits samples
      const word = view.getUint32(at + 10);
      info = { sampleRate: word >>> 12, totalSamples: (word & 0xf) * 2 ** 32 + view.getUint32(at + 14) };
    }
    at += size;
  }
  if (!info || info.sampleRate === 0)
    throw audioError('AUR_AUDIO_DAMAGED', { source, format: 'FLAC', reason: 'no usable STREAMINFO block' });
  return { ...info, end: at };
}

/** Length of the frame header at `at`, 0 when there is none (RFC 9639, section 9.1). */
function headerLength(bytes: Uint8Array, at: number): number {
  if (bytes[at] !== 0xff || (bytes[at + 1] & 0xfe) !== 0xf8) return 0;
  const blockSize = bytes[at + 2] >> 4;
  const rate = bytes[at + 2] & 0xf;
  const channels = bytes[at + 3] >> 4;
  if (blockSize === 0 || rate === 15 || channels > 10 || (bytes[at + 3] & 1) === 1) return 0;
  const number = numberLength(bytes, at);
  if (number === 0) return 0;
  const crcAt = at + 4 + number + extraBytes(blockSize, 6, 7) + extraBytes(rate, 12, 13, 14);
  if (crcAt >= bytes.length) return 0;
  let crc = 0;
  for (let i = at; i < crcAt; i++) crc = CRC8[crc ^ bytes[i]];
  return crc === bytes[crcAt] ? crcAt + 1 - at : 0;
}

/** The frame's number is coded as in UTF-8: as many bytes as there are leading ones; 0 when it is not. */
function numberLength(bytes: Uint8Array, at: number): number {
  const ones = Math.clz32(~(bytes[at + 4] << 24));
  return ones === 0 ? 1 : ones === 1 || ones > 7 ? 0 : ones;
}

/** Samples a channel of the frame whose header is at `at`. */
function blockSamples(bytes: Uint8Array, at: number): number {
  const code = bytes[at + 2] >> 4;
  const extra = at + 4 + numberLength(bytes, at);
  if (code === 1) return 192;
  if (code <= 5) return 144 << code;
  if (code === 6) return bytes[extra] + 1;
  if (code === 7) return (bytes[extra] << 8) + bytes[extra + 1] + 1;
  return 1 << code;
}

/** Codes that put one byte, or two, behind the frame's number. */
const extraBytes = (code: number, one: number, ...two: number[]) => (code === one ? 1 : two.includes(code) ? 2 : 0);

/** A frame ends where its CRC-16 comes out even and the next header, or the file's end, follows. */
function frameEnd(bytes: Uint8Array, at: number, index: number, source: string): number {
  const header = headerLength(bytes, at);
  if (header > 0) {
    let crc = 0;
    for (let i = at; i < bytes.length; i++) {
      if (crc === 0 && i > at + header && headerLength(bytes, i) > 0) return i;
      crc = ((crc << 8) & 0xffff) ^ CRC16[(crc >> 8) ^ bytes[i]];
    }
    if (crc === 0) return bytes.length;
  }
  // With more frames behind it this one is damaged; without, the file was cut.
  for (let i = at + Math.max(1, header); i < bytes.length; i++)
    if (headerLength(bytes, i) > 0)
      throw audioError('AUR_AUDIO_DAMAGED', { source, format: 'FLAC', reason: `frame ${index} fails its checksum` });
  throw audioError('AUR_AUDIO_TRUNCATED', { source, reason: `FLAC frame ${index} is not whole` });
}
