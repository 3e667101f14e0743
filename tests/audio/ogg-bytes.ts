/** Packets go in, the bytes of an Ogg file come out, cut into pages as wanted. */
import { readOggPages } from '@auricle/audio/formats/ogg-pages';
import { sealOgg } from './checksums.js';
import { readThrough } from './reading.js';

export interface OggFields {
  /** Segments of up to 255 bytes that a page holds, at most 255 (default). */
  pageSegments?: number;
  /** What the last page states; the others state 0. */
  granule?: number;
  /** What a page states on which this packet is the last to end; overrides `granule`. */
  granules?: readonly number[];
  /** Of the stream, default 0. */
  serial?: number;
}

export function ogg(packets: readonly Uint8Array[], fields: OggFields = {}): Uint8Array {
  const { pageSegments = 255, granule = 0, granules, serial = 0 } = fields;
  const segments = packets.flatMap((packet, index) =>
    // A packet ends with a segment of less than 255 bytes, be it empty.
    Array.from({ length: Math.floor(packet.length / 255) + 1 }, (_, i) => ({
      body: packet.subarray(255 * i, 255 * (i + 1)),
      begins: i === 0,
      ends: 255 * (i + 1) > packet.length ? index : undefined,
      // The headers have pages of their own.
      breaks: index < 2 && 255 * (i + 1) > packet.length,
    })),
  );
  const pages: (typeof segments)[] = [[]];
  for (const segment of segments) {
    pages.at(-1)!.push(segment);
    if (segment.breaks || pages.at(-1)!.length === pageSegments) pages.push([]);
  }
  if (pages.at(-1)!.length === 0) pages.pop();
  const files = pages.map((page, number) => {
    const last = number === pages.length - 1;
    const header = Buffer.alloc(27 + page.length);
    header.write('OggS');
    header[5] = (page[0].begins ? 0 : 1) | (number === 0 ? 2 : 0) | (last ? 4 : 0);
    const ended = page.findLast(({ ends }) => ends !== undefined)?.ends;
    const stated = granules ? (ended === undefined ? -1 : granules[ended]) : last ? granule : 0;
    header.writeBigInt64LE(BigInt(stated), 6);
    header.writeUInt32LE(serial, 14);
    header.writeUInt32LE(number, 18);
    header[26] = page.length;
    for (const [i, { body }] of page.entries()) header[27 + i] = body.length;
    return Buffer.concat([header, ...page.map(({ body }) => body)]);
  });
  return sealOgg(new Uint8Array(Buffer.concat(files)));
}

/** The file with another serial number on all its pages. */
export function withSerial(bytes: Uint8Array, serial: number): Uint8Array {
  const changed = Buffer.from(bytes);
  for (let at = 0; at < changed.length; at += 27 + changed[at + 26] + bodyBytes(changed, at))
    changed.writeUInt32LE(serial, at + 14);
  return sealOgg(new Uint8Array(changed));
}

const bodyBytes = (bytes: Uint8Array, page: number) =>
  bytes.subarray(page + 27, page + 27 + bytes[page + 26]).reduce((sum, size) => sum + size, 0);

/** The packets of an Ogg file. */
export const oggPackets = (bytes: Uint8Array): Uint8Array[] =>
  readThrough((queue) => readOggPages(queue, 'a.ogg'), bytes).flatMap(({ packets }) => packets);

export interface OpusHeadFields {
  version?: number;
  channels?: number;
  preSkip?: number;
  /** 1 / 256 dB */
  gain?: number;
  family?: number;
  /** Streams, coupled streams, and the stream's channel of each channel. */
  mapping?: readonly number[];
}

export function opusHead(fields: OpusHeadFields = {}): Uint8Array {
  const { version = 1, channels = 1, preSkip = 312, gain = 0, family = 0, mapping = [] } = fields;
  const bytes = Buffer.alloc(19 + mapping.length);
  bytes.write('OpusHead');
  bytes[8] = version;
  bytes[9] = channels;
  bytes.writeUInt16LE(preSkip, 10);
  bytes.writeUInt32LE(48_000, 12);
  bytes.writeInt16LE(gain, 16);
  bytes[18] = family;
  bytes.set(mapping, 19);
  return bytes;
}
