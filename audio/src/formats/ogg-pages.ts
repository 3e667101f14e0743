/** The bytes of an Ogg stream go in; its pages are checked and the packets that end on each come out. */
import { audioError } from '../audio-errors.js';
import { type ByteQueue, bytesThere, type Starved } from '../byte-queue.js';

/** CRC-32 of a byte alone, most significant bit first, polynomial 0x04c11db7 (RFC 3533). */
const CRC32 = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let i = 0; i < 8; i++) crc = crc < 0 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  return crc;
});
const PAGE_HEADER_BYTES = 27;
export const MOST_PAGE_BYTES = PAGE_HEADER_BYTES + 255 + 255 * 255;
const CONTINUED = 1;
const START_OF_STREAM = 2;
const END_OF_STREAM = 4;

const ONE_STREAM = 'one, or several that follow each other';

/** No packet of sound or set-up is longer; those that are, as tags with a picture, come out cut to this. */
export const MOST_PACKET_BYTES = 128 * 1024;

export interface OggPage {
  /** Those that end on it: views of the file, copies where a packet lies on several pages. */
  packets: Uint8Array[];
  /** For sound, the samples up to the page's end; -1 marks a page on which no packet ends. */
  granule: number;
  /** It opens a stream: the first, or one that follows when another has ended ("chained"). */
  first: boolean;
  /** It ends the stream. */
  last: boolean;
  /** The stream's serial number. */
  serial: number;
}

/** Takes a stream apart, or several that follow each other.
 *  @throws AUR_AUDIO_TRUNCATED when the last page is cut or does not end its stream, AUR_AUDIO_DAMAGED when a page fails
 *  its checksum or is lost, or a stream has the serial number of the one before,
 *  AUR_AUDIO_ENCODING for pages of several streams in turn */
export function* readOggPages(queue: ByteQueue, source: string): Generator<Starved | OggPage, void> {
  const truncated = (reason: string) => audioError('AUR_AUDIO_TRUNCATED', { source, reason });
  const damaged = (reason: string) => audioError('AUR_AUDIO_DAMAGED', { source, format: 'Ogg', reason });
  let begun: BegunPacket | undefined;
  let stream: { serial: number; start: number } | undefined;
  let last = false;
  let number = 0;
  for (; yield* bytesThere(queue, 1); number++) {
    const { position } = queue;
    const bytes = yield* nextPage(queue);
    if (bytes === 'cut') throw truncated(`Ogg page ${number} is not whole`);
    if (bytes === 'no page') throw damaged(`no Ogg page at byte ${position}`);
    const page = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    if (checksum(bytes) !== page.getUint32(22, true)) throw damaged(`Ogg page ${number} fails its checksum`);
    const flags = bytes[5];
    const serial = page.getUint32(14, true);
    const first = stream === undefined || (last && (flags & START_OF_STREAM) !== 0);
    if (first && serial === stream?.serial)
      throw damaged(`Ogg page ${number} opens a stream with the serial number of the last`);
    if (first) stream = { serial, start: number };
    if (serial !== stream!.serial)
      throw audioError('AUR_AUDIO_ENCODING', {
        source,
        format: 'Ogg',
        seen: 'streams side by side',
        expected: ONE_STREAM,
      });
    if (page.getUint32(18, true) !== number - stream!.start) throw damaged(`Ogg page ${number} is missing`);
    if (((flags & CONTINUED) !== 0) !== (begun !== undefined))
      throw damaged(`Ogg page ${number} does not continue the last`);
    last = (flags & END_OF_STREAM) !== 0;
    const packets: Uint8Array[] = [];
    begun = cutPackets(bytes, begun, packets);
    yield { packets, granule: Number(page.getBigInt64(6, true)), first, last, serial };
  }
  if (!last) throw truncated(`Ogg page ${number - 1} is the last but does not end the stream`);
  if (begun) throw truncated(`Ogg page ${number - 1} is the last but does not end its packet`);
}

function* nextPage(queue: ByteQueue): Generator<Starved, Uint8Array | 'cut' | 'no page'> {
  if (!(yield* bytesThere(queue, PAGE_HEADER_BYTES))) return 'cut';
  const header = queue.peek(PAGE_HEADER_BYTES);
  if (header[0] !== 0x4f || header[1] !== 0x67 || header[2] !== 0x67 || header[3] !== 0x53) return 'no page';
  const table = PAGE_HEADER_BYTES + header[26];
  if (!(yield* bytesThere(queue, table))) return 'cut';
  const size = pageSize(queue.peek(table));
  if (!(yield* bytesThere(queue, size))) return 'cut';
  return queue.take(size);
}

/** @param page its header and segment table are there */
function pageSize(page: Uint8Array): number {
  let size = PAGE_HEADER_BYTES + page[26];
  for (let i = 0; i < page[26]; i++) size += page[PAGE_HEADER_BYTES + i];
  return size;
}

/** What earlier pages hold of the packet that the next one continues. */
interface BegunPacket {
  parts: Uint8Array[];
  length: number;
}

/** Appends the packets that end on the page.
 *  @returns the packet that does not */
function cutPackets(page: Uint8Array, before: BegunPacket | undefined, packets: Uint8Array[]): BegunPacket | undefined {
  let begun = before;
  let from = PAGE_HEADER_BYTES + page[26];
  let to = from;
  for (let i = 0; i < page[26]; i++) {
    const size = page[PAGE_HEADER_BYTES + i];
    to += size;
    // A packet goes on while its segments are full.
    if (size === 255) continue;
    const end = page.subarray(from, to);
    packets.push(begun ? Buffer.concat(continued(begun, end).parts) : end.subarray(0, MOST_PACKET_BYTES));
    begun = undefined;
    from = to;
  }
  return from < to ? continued(begun ?? { parts: [], length: 0 }, page.subarray(from, to)) : begun;
}

function continued({ parts, length }: BegunPacket, part: Uint8Array): BegunPacket {
  const kept = part.subarray(0, MOST_PACKET_BYTES - length);
  return kept.length === 0 ? { parts, length } : { parts: [...parts, kept], length: length + kept.length };
}

/** The page's own checksum counts as zeros. */
function checksum(page: Uint8Array): number {
  let crc = 0;
  for (let i = 0; i < page.length; i++) {
    const byte = i >= 22 && i < 26 ? 0 : page[i];
    crc = (crc << 8) ^ CRC32[(crc >>> 24) ^ byte];
  }
  return crc >>> 0;
}

/** The granule position with which a file ends whose last bytes these are; undefined where they do not end in the last page
 *  of the stream. */
export function lastGranule(tail: Uint8Array, serial: number): number | undefined {
  const view = new DataView(tail.buffer, tail.byteOffset, tail.length);
  for (let at = tail.length - PAGE_HEADER_BYTES; at >= 0; at--) {
    if (view.getUint32(at) !== 0x4f676753) continue;
    const page = tail.subarray(at);
    if (pageSize(page) !== page.length || checksum(page) !== view.getUint32(at + 22, true)) continue;
    const granule = Number(view.getBigInt64(at + 6, true));
    const isEnd = (page[5] & END_OF_STREAM) !== 0 && view.getUint32(at + 14, true) === serial;
    return isEnd && granule >= 0 ? granule : undefined;
  }
  return undefined;
}
