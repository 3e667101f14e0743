/** A damaged file goes in, the same damage under right checksums comes out, so that it reaches the decoder behind them. */

/** Most significant bit first, starting at 0. */
function crc(bytes: Uint8Array, polynomial: number, bits: number): number {
  const top = 2 ** (bits - 1);
  let crc = 0;
  for (const byte of bytes)
    for (let bit = 7; bit >= 0; bit--) {
      const carry = (crc >= top ? 1 : 0) ^ ((byte >> bit) & 1);
      crc = (((crc * 2) % 2 ** bits) ^ (carry ? polynomial : 0)) >>> 0;
    }
  return crc;
}

/** Writes the CRC-32 of each Ogg page, as far as pages can be told. */
export function sealOgg(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + 27 <= bytes.length && view.getUint32(at) === 0x4f676753; ) {
    const segments = bytes.subarray(at + 27, at + 27 + bytes[at + 26]);
    const end = at + 27 + segments.length + segments.reduce((sum, size) => sum + size, 0);
    view.setUint32(at + 22, 0);
    view.setUint32(at + 22, crc(bytes.subarray(at, end), 0x04c11db7, 32), true);
    at = end;
  }
  return bytes;
}

/** Writes the CRC-8 and CRC-16 of a FLAC frame. */
export function sealFlacFrame<Bytes extends Uint8Array>(frame: Bytes): Bytes {
  const [blockSize, rate] = [frame[2] >> 4, frame[2] & 0xf];
  const numberBytes = Math.max(1, Math.clz32(~(frame[4] << 24)));
  const extra =
    (blockSize === 6 ? 1 : blockSize === 7 ? 2 : 0) + (rate === 12 ? 1 : rate === 13 || rate === 14 ? 2 : 0);
  const crc8At = 4 + numberBytes + extra;
  frame[crc8At] = crc(frame.subarray(0, crc8At), 0x07, 8);
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  view.setUint16(frame.length - 2, crc(frame.subarray(0, -2), 0x8005, 16));
  return frame;
}
