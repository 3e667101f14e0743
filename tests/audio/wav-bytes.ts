/** A header's fields and chunks go in, the bytes of a WAV file come out: also of such as no program should write. */

export type WavMagic = 'RIFF' | 'RIFX' | 'RF64' | 'BW64';

export interface WavFields {
  /** default 'RIFF' */
  magic?: WavMagic;
  /** default 1, integers */
  format?: number;
  /** default 1 */
  channels?: number;
  /** Hz, default 16,000 */
  sampleRate?: number;
  /** default 16 */
  bits?: number;
  /** default what channels and bits give */
  blockBytes?: number;
}

/** A chunk, with a pad byte behind an odd number of bytes. `claimed` replaces the size in its header. */
export function chunk(id: string, body: Uint8Array, { claimed = body.length, littleEndian = true } = {}): Uint8Array {
  const bytes = new Uint8Array(8 + body.length + (body.length % 2));
  bytes.set(Buffer.from(id, 'latin1'));
  new DataView(bytes.buffer).setUint32(4, claimed, littleEndian);
  bytes.set(body, 8);
  return bytes;
}

export function fmt(fields: WavFields = {}): Uint8Array {
  const { magic = 'RIFF', format = 1, channels = 1, sampleRate = 16_000, bits = 16 } = fields;
  const { blockBytes = (channels * bits) / 8 } = fields;
  const littleEndian = magic !== 'RIFX';
  const view = new DataView(new ArrayBuffer(16));
  view.setUint16(0, format, littleEndian);
  view.setUint16(2, channels, littleEndian);
  view.setUint32(4, sampleRate, littleEndian);
  view.setUint32(8, sampleRate * blockBytes, littleEndian);
  view.setUint16(12, blockBytes, littleEndian);
  view.setUint16(14, bits, littleEndian);
  return chunk('fmt ', new Uint8Array(view.buffer), { littleEndian });
}

export function riff(chunks: readonly Uint8Array[], magic: WavMagic = 'RIFF'): Uint8Array {
  const body = Buffer.concat([Buffer.from('WAVE'), ...chunks]);
  return new Uint8Array(chunk(magic, body, { littleEndian: magic !== 'RIFX' }));
}

/** The file as programs write it: header, then sound. */
export const wav = (data: Uint8Array, fields: WavFields = {}): Uint8Array =>
  riff([fmt(fields), chunk('data', data, { littleEndian: fields.magic !== 'RIFX' })], fields.magic);

/** The bytes of a typed array. */
export const bytesOf = (values: Int16Array | Float32Array | Float64Array): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
