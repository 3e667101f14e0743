/** Audio as a program has it goes in, bytes as they travel come out. */
import { clientError } from './errors.js';
import type { Encoding } from './options.js';

/** One channel: floats in [-1, 1], 16-bit integers, or bytes that are in the stream's encoding already. */
export type Audio = Float32Array | Int16Array | Uint8Array;

export const bytesPerSample = (encoding: Encoding): number => (encoding === 's16le' ? 2 : 4);

/** @returns a copy
 *  @throws AUR_CLIENT_OPTION for whatever else is given, and for bytes that end within a sample */
export function toBytes(audio: Audio, encoding: Encoding): Uint8Array<ArrayBuffer> {
  if (audio instanceof Uint8Array) {
    const size = bytesPerSample(encoding);
    if (audio.length % size !== 0) throw refuse(`${audio.length} bytes`, `whole samples of ${size} bytes`);
    return new Uint8Array(audio);
  }
  if (!(audio instanceof Float32Array || audio instanceof Int16Array))
    throw refuse(Object.prototype.toString.call(audio), 'a Float32Array, an Int16Array or a Uint8Array');
  const isFloat = audio instanceof Float32Array;
  const view = new DataView(new ArrayBuffer(audio.length * bytesPerSample(encoding)));
  // The protocol is little-endian whatever the machine is.
  if (encoding === 's16le')
    for (let i = 0; i < audio.length; i++) view.setInt16(2 * i, isFloat ? toInteger(audio[i]) : audio[i], true);
  else for (let i = 0; i < audio.length; i++) view.setFloat32(4 * i, isFloat ? audio[i] : audio[i] / 32_768, true);
  return new Uint8Array(view.buffer);
}

const toInteger = (x: number) => Math.round(Math.max(-1, Math.min(1, x)) * 32_767);

const refuse = (seen: string, expected: string) => clientError('AUR_CLIENT_OPTION', { path: 'audio', seen, expected });
