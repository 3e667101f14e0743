/** The bytes of a FLAC file go in, its frames come out, each frame's checksums proven. */
import { audioError } from '../audio-errors.js';
import { type ByteQueue, bytesThere, type Starved, skipBytes } from '../byte-queue.js';
import type { SoundHead, SoundReader } from '../packet-groups.js';
import { openFlac } from './flac-codec.js';

const FLAC = 'FLAC';

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
const MOST_HEADER_BYTES = 16;
/** 65,535 samples of 8 channels and 32 bits, uncompressed, with what surrounds them. */
const MOST_FRAME_BYTES = 65_535 * 8 * 4 + 1024;

/** Reads from "fLaC" on.
 *  @throws AUR_AUDIO_TRUNCATED where it ends within a block or frame or before the samples that it promises,
 *  AUR_AUDIO_DAMAGED where a checksum does not fit */
export function* readFlac(queue: ByteQueue, source: string): SoundReader {
  const { head, totalSamples } = yield* readMetadata(queue, source);
  yield head;
  let samples = 0;
  for (let index = 0; yield* bytesThere(queue, 1); index++) {
    const frame = queue.take(yield* frameLength(queue, index, source));
    const block = blockSamples(frame);
    samples += block;
    yield { kind: 'packets', packets: [frame], samples: block, padding: 0 };
  }
  if (samples < totalSamples)
    throw audioError('AUR_AUDIO_TRUNCATED', { source, reason: `${samples} of ${totalSamples} FLAC samples are there` });
}

function* readMetadata(
  queue: ByteQueue,
  source: string,
): Generator<Starved, { head: SoundHead; totalSamples: number }> {
  const truncated = (reason: string) => audioError('AUR_AUDIO_TRUNCATED', { source, reason });
  const withinMetadata = 'it ends within the FLAC metadata';
  if (!(yield* skipBytes(queue, 4))) throw truncated(withinMetadata);
  let info: { head: SoundHead; totalSamples: number } | undefined;
  for (let last = false; !last; ) {
    if (!(yield* bytesThere(queue, 4))) throw truncated(withinMetadata);
    const [flags, ...length] = queue.take(4);
    last = flags >= 128;
    const size = (length[0] << 16) | (length[1] << 8) | length[2];
    const isInfo = (flags & 127) === 0 && size >= STREAMINFO_BYTES;
    const start = queue.position;
    if (isInfo && (yield* bytesThere(queue, STREAMINFO_BYTES))) info = readStreamInfo(queue.peek(STREAMINFO_BYTES));
    if (!(yield* skipBytes(queue, size)))
      throw truncated(`a FLAC metadata block claims ${size} bytes, ${queue.position - start} are left`);
  }
  if (!info || info.head.sampleRate === 0)
    throw audioError('AUR_AUDIO_DAMAGED', { source, format: FLAC, reason: 'no usable STREAMINFO block' });
  return info;
}

function readStreamInfo(block: Uint8Array): { head: SoundHead; totalSamples: number } {
  const view = new DataView(block.buffer, block.byteOffset, block.length);
  // 20 bits rate, 3 bits channels, 5 bits sample size, 36 bits samples
  const word = view.getUint32(10);
  const channels = ((word >>> 9) & 7) + 1;
  const bits = ((word >>> 4) & 31) + 1;
  const totalSamples = (word & 0xf) * 2 ** 32 + view.getUint32(14);
  const head: SoundHead = {
    kind: 'head',
    format: FLAC,
    sampleRate: word >>> 12,
    channels,
    skip: 0,
    // 0 is for an encoder that did not know.
    total: totalSamples === 0 ? undefined : totalSamples,
    preroll: 0,
    openCodec: () => openFlac({ channels, bits, blockSize: view.getUint16(2) }),
  };
  return { head, totalSamples };
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

/** Samples a channel of a frame. */
function blockSamples(frame: Uint8Array): number {
  const code = frame[2] >> 4;
  const extra = 4 + numberLength(frame, 0);
  if (code === 1) return 192;
  if (code <= 5) return 144 << code;
  if (code === 6) return frame[extra] + 1;
  if (code === 7) return (frame[extra] << 8) + frame[extra + 1] + 1;
  return 1 << code;
}

/** Codes that put one byte, or two, behind the frame's number. */
const extraBytes = (code: number, one: number, ...two: number[]) => (code === one ? 1 : two.includes(code) ? 2 : 0);

/** A frame ends where its CRC-16 comes out even and the next header, or the file's end, follows. */
function* frameLength(queue: ByteQueue, index: number, source: string): Generator<Starved, number> {
  yield* bytesThere(queue, MOST_HEADER_BYTES);
  const header = headerLength(queue.peek(MOST_HEADER_BYTES), 0);
  let crc = 0;
  for (let i = 0; header > 0 && i < MOST_FRAME_BYTES; yield* bytesThere(queue, i + MOST_HEADER_BYTES)) {
    const bytes = queue.peek(MOST_FRAME_BYTES + MOST_HEADER_BYTES);
    const end = wholeHeaders(queue, bytes);
    for (; i < end; i++) {
      if (crc === 0 && i > header && headerLength(bytes, i) > 0) return i;
      crc = ((crc << 8) & 0xffff) ^ CRC16[(crc >> 8) ^ bytes[i]];
    }
    if (!queue.ended || i < queue.available) continue;
    if (crc === 0) return i;
    break;
  }
  // With more frames behind it this one is damaged; without, the file was cut.
  for (let i = Math.max(1, header); i < MOST_FRAME_BYTES; yield* bytesThere(queue, i + MOST_HEADER_BYTES)) {
    const bytes = queue.peek(MOST_FRAME_BYTES + MOST_HEADER_BYTES);
    const end = wholeHeaders(queue, bytes);
    for (; i < end; i++) if (headerLength(bytes, i) > 0) throw faulty(index, source);
    if (queue.ended && i >= queue.available)
      throw audioError('AUR_AUDIO_TRUNCATED', { source, reason: `FLAC frame ${index} is not whole` });
  }
  throw faulty(index, source);
}

const faulty = (index: number, source: string) =>
  audioError('AUR_AUDIO_DAMAGED', { source, format: FLAC, reason: `frame ${index} fails its checksum` });

/** Up to here a header that starts is there with all its bytes, if the file has them. */
const wholeHeaders = (queue: ByteQueue, bytes: Uint8Array) =>
  queue.ended ? bytes.length : bytes.length - MOST_HEADER_BYTES + 1;
