/** The bytes of an Ogg file go in; its pages are checked and the packets that lie in them come out. */
import { audioError } from './audio-errors.js';

/** CRC-32 of a byte alone, most significant bit first, polynomial 0x04c11db7 (RFC 3533). */
const CRC32 = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let i = 0; i < 8; i++) crc = crc < 0 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  return crc;
});
const PAGE_HEADER_BYTES = 27;
const CONTINUED = 1;
const END_OF_STREAM = 4;

export interface OggPackets {
  /** Views of the file, copies where a packet lies on several pages. */
  packets: Uint8Array[];
  /** What the last page states: for sound, the samples up to its end. */
  granule: number;
}

/** Takes one stream apart.
 *  @throws AUR_AUDIO_TRUNCATED when the last page is cut or does not end the stream, AUR_AUDIO_DAMAGED when a page fails
 *  its checksum or is lost */
export function oggPackets(bytes: Uint8Array, source: string): OggPackets {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const truncated = (reason: string) => audioError('AUR_AUDIO_TRUNCATED', { source, reason });
  const damaged = (reason: string) => audioError('AUR_AUDIO_DAMAGED', { source, format: 'Ogg', reason });
  const packets: Uint8Array[] = [];
  /** What earlier pages hold of the packet that the next one continues. */
  let begun: Uint8Array[] = [];
  let granule = 0;
  let flags = 0;
  let page = 0;
  for (let at = 0; at < bytes.length; page++) {
    const segments = at + PAGE_HEADER_BYTES;
    if (segments > bytes.length || segments + bytes[segments - 1] > bytes.length)
      throw truncated(`Ogg page ${page} is not whole`);
    if (view.getUint32(at) !== 0x4f676753) throw damaged(`no Ogg page at byte ${at}`);
    const sizes = bytes.subarray(segments, segments + bytes[segments - 1]);
    let from = segments + sizes.length;
    const end = sizes.reduce((sum, size) => sum + size, from);
    if (end > bytes.length) throw truncated(`Ogg page ${page} is not whole`);
    if (checksum(bytes, at, end) !== view.getUint32(at + 22, true))
      throw damaged(`Ogg page ${page} fails its checksum`);
    if (view.getUint32(at + 18, true) !== page) throw damaged(`Ogg page ${page} is missing`);
    flags = bytes[at + 5];
    if (((flags & CONTINUED) !== 0) !== begun.length > 0) throw damaged(`Ogg page ${page} does not continue the last`);
    const position = Number(view.getBigInt64(at + 6, true));
    // -1 marks a page on which no packet ends.
    if (position >= 0) granule = position;
    let to = from;
    for (const size of sizes) {
      to += size;
      // A packet goes on while its segments are full.
      if (size === 255) continue;
      const last = bytes.subarray(from, to);
      packets.push(begun.length === 0 ? last : Buffer.concat([...begun, last]));
      begun = [];
      from = to;
    }
    if (from < end) begun.push(bytes.subarray(from, end));
    at = end;
  }
  if ((flags & END_OF_STREAM) === 0) throw truncated(`Ogg page ${page - 1} is the last but does not end the stream`);
  if (begun.length > 0) throw truncated(`Ogg page ${page - 1} is the last but does not end its packet`);
  return { packets, granule };
}

/** The page's own checksum counts as zeros. */
function checksum(bytes: Uint8Array, from: number, to: number): number {
  let crc = 0;
  for (let i = from; i < to; i++) {
    const byte = i >= from + 22 && i < from + 26 ? 0 : bytes[i];
    crc = (crc << 8) ^ CRC32[(crc >>> 24) ^ byte];
  }
  return crc >>> 0;
}
