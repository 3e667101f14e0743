/** Elements go in, the bytes of an EBML document or a WebM file come out: also of such as no program should write. */

/** An element's id, its contents, and its size in 8 bytes: `claimed` replaces it, 'unknown' stands for a live stream's. */
export function element(
  id: number,
  content: Uint8Array | readonly Uint8Array[],
  claimed: number | 'unknown' | undefined = undefined,
): Uint8Array {
  const body = content instanceof Uint8Array ? content : Buffer.concat(content);
  const idBytes = Buffer.from(id.toString(16).padStart(2, '0'), 'hex');
  const size = Buffer.alloc(8, 0xff);
  if (claimed !== 'unknown') size.writeBigUInt64BE(BigInt(claimed ?? body.length));
  size[0] = 1;
  return Buffer.concat([idBytes, size, body]);
}

export const text = (value: string): Uint8Array => Buffer.from(value, 'latin1');

export interface WebmFields {
  /** default A_OPUS */
  codec?: string;
  /** default OpusHead */
  codecPrivate?: Uint8Array;
  trackNumber?: number;
  /** Further elements of the track. */
  more?: readonly Uint8Array[];
}

export const track = ({ codec = 'A_OPUS', codecPrivate, trackNumber = 1, more = [] }: WebmFields): Uint8Array =>
  element(0xae, [
    element(0xd7, Uint8Array.of(trackNumber)),
    element(0x86, text(codec)),
    ...(codecPrivate ? [element(0x63a2, codecPrivate)] : []),
    ...more,
  ]);

export const ebmlHeader = element(0x1a45dfa3, element(0x4282, text('webm')));
export const tracks = (...entries: readonly Uint8Array[]): Uint8Array => element(0x1654ae6b, entries);

/** Of one packet, or laced as the flags and the bytes before the packets say. */
export const block = (
  packets: Uint8Array,
  { track = 1, lacing = 0, sizes = [] as readonly number[] } = {},
): Uint8Array => Buffer.concat([Uint8Array.of(0x80 | track, 0, 0, lacing << 1, ...sizes), packets]);

export const simpleBlock = (packet: Uint8Array, fields?: Parameters<typeof block>[1]): Uint8Array =>
  element(0xa3, block(packet, fields));

export const cluster = (blocks: readonly Uint8Array[], size?: 'unknown'): Uint8Array =>
  element(0x1f43b675, [element(0xe7, Uint8Array.of(0)), ...blocks], size);

export const segment = (content: readonly Uint8Array[], size?: 'unknown' | number): Uint8Array =>
  Buffer.concat([ebmlHeader, element(0x18538067, content, size)]);
