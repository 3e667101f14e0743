/** The bytes of an Ogg file go in; its pages are checked and the length that they state comes out. */
import { audioError } from './audio-errors.js';

/** CRC-32 of a byte alone, most significant bit first, polynomial 0x04c11db7 (RFC 3533). */
const CRC32 = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let i = 0; i < 8; i++) crc = crc < 0 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  return crc;
});
const PAGE_HEADER_BYTES = 27;
const END_OF_STREAM = 4;

/** Checks every page of one Ogg Opus stream.
 *  @returns the samples at 48 kHz between pre-skip and end trimming (RFC 7845)
 *  @throws AUR_AUDIO_TRUNCATED when the last page is cut or does not end the stream, AUR_AUDIO_DAMAGED when a page fails
 *  its checksum or is lost */
export function opusLength(bytes: Uint8Array, source: string): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const truncated = (reason: string) => audioError('AUR_AUDIO_TRUNCATED', { source, reason });
  const damaged = (reason: string) => audioError('AUR_AUDIO_DAMAGED', { source, format: 'Ogg Opus', reason });
  let granule = 0;
  let flags = 0;
  let page = 0;
  for (let at = 0; at < bytes.length; page++) {
    const segments = at + PAGE_HEADER_BYTES;
    if (segments > bytes.length || segments + bytes[segments - 1] > bytes.length)
      throw truncated(`Ogg page ${page} is not whole`);
    if (view.getUint32(at) !== 0x4f676753) throw damaged(`no Ogg page at byte ${at}`);
    let end = segments + bytes[segments - 1];
    for (let i = segments; i < segments + bytes[segments - 1]; i++) end += bytes[i];
    if (end > bytes.length) throw truncated(`Ogg page ${page} is not whole`);
    if (checksum(bytes, at, end) !== view.getUint32(at + 22, true))
      throw damaged(`Ogg page ${page} fails its checksum`);
    if (view.getUint32(at + 18, true) !== page) throw damaged(`Ogg page ${page} is missing`);
    flags = bytes[at + 5];
    const position = Number(view.getBigInt64(at + 6, true));
    // -1 marks a page on which no packet ends.
    if (position >= 0) granule = position;
    at = end;
  }
  if ((flags & END_OF_STREAM) === 0) throw truncated(`Ogg page ${page - 1} is the last but does not end the stream`);
  const preSkip = view.getUint16(PAGE_HEADER_BYTES + bytes[PAGE_HEADER_BYTES - 1] + 10, true);
  return Math.max(0, granule - preSkip);
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
