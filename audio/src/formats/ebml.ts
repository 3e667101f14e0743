/** Bytes of an EBML document go in, the headers and contents of its elements come out (RFC 8794). */
import { type ByteQueue, bytesThere, type Starved } from '../byte-queue.js';

export interface ElementHeader {
  id: number;
  /** Bytes of the content; undefined where its writer did not know, as in a live stream. */
  size: number | undefined;
}

const MOST_ID_BYTES = 4;
const MOST_SIZE_BYTES = 8;

export function* readElementHeader(queue: ByteQueue): Generator<Starved, ElementHeader | 'cut' | 'no element'> {
  if (!(yield* bytesThere(queue, 1))) return 'cut';
  const idBytes = vintLength(queue.peek(1)[0]);
  if (idBytes > MOST_ID_BYTES) return 'no element';
  if (!(yield* bytesThere(queue, idBytes + 1))) return 'cut';
  const sizeBytes = vintLength(queue.peek(idBytes + 1)[idBytes]);
  if (sizeBytes > MOST_SIZE_BYTES) return 'no element';
  if (!(yield* bytesThere(queue, idBytes + sizeBytes))) return 'cut';
  return elementHeader(queue.take(idBytes + sizeBytes), idBytes);
}

export interface Element {
  id: number;
  content: Uint8Array;
}

/** The elements that a master element's content holds.
 *  @returns undefined where it is not made of whole elements of known sizes */
export function readElements(content: Uint8Array): Element[] | undefined {
  const elements: Element[] = [];
  for (let at = 0; at < content.length; ) {
    const idBytes = vintLength(content[at]);
    const headerBytes = idBytes + vintLength(content[at + idBytes] ?? 0);
    if (idBytes > MOST_ID_BYTES || headerBytes - idBytes > MOST_SIZE_BYTES) return undefined;
    if (at + headerBytes > content.length) return undefined;
    const { id, size } = elementHeader(content.subarray(at, at + headerBytes), idBytes);
    at += headerBytes;
    if (size === undefined || at + size > content.length) return undefined;
    elements.push({ id, content: content.subarray(at, at + size) });
    at += size;
  }
  return elements;
}

function elementHeader(header: Uint8Array, idBytes: number): ElementHeader {
  const id = header.subarray(0, idBytes).reduce((value, byte) => value * 256 + byte, 0);
  return { id, size: readVint(header.subarray(idBytes)) };
}

/** Bytes of the number that starts with this one: one more than it has leading zeros; 9 for none. */
export const vintLength = (first: number): number => Math.clz32(first) - 23;

/** The value of a number of variable length, without the bit that marks its length.
 *  @returns undefined where all bits are set, which stands for "unknown" */
export function readVint(bytes: Uint8Array): number | undefined {
  const mask = 2 ** (8 - bytes.length) - 1;
  let value = bytes[0] & mask;
  let isUnknown = value === mask;
  for (let i = 1; i < bytes.length; i++) {
    value = value * 256 + bytes[i];
    isUnknown &&= bytes[i] === 255;
  }
  return isUnknown ? undefined : value;
}

/** Unsigned, of up to 8 bytes. */
export const readUint = (content: Uint8Array): number => content.reduce((value, byte) => value * 256 + byte, 0);

/** Two's complement, of up to 8 bytes. */
export function readInt(content: Uint8Array): number {
  const value = readUint(content);
  return content.length > 0 && content[0] >= 128 ? value - 256 ** content.length : value;
}
