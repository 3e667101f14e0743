/** Raw PCM bytes from a socket go in, samples come out. */
import { audioError } from './audio-errors.js';

export const PCM_ENCODINGS = ['s16le', 'f32le'] as const;
export type PcmEncoding = (typeof PCM_ENCODINGS)[number];

/** @param bytes whole samples, at any alignment
 *  @param into where the samples are put, if they fit (default: an array of their own)
 *  @returns samples in [-1, 1]; floats beyond are clipped
 *  @throws AUR_AUDIO_ODD_BYTES when the last sample is cut, AUR_AUDIO_NOT_FINITE for a float that is NaN or infinite */
export function decodePcm(bytes: Uint8Array, encoding: PcmEncoding, into?: Float32Array): Float32Array {
  const size = encoding === 's16le' ? 2 : 4;
  if (bytes.length % size !== 0) throw audioError('AUR_AUDIO_ODD_BYTES', { bytes: bytes.length, encoding, size });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = bytes.length / size;
  const samples = into && into.length >= length ? into.subarray(0, length) : new Float32Array(length);
  if (encoding === 's16le') {
    for (let i = 0; i < samples.length; i++) samples[i] = view.getInt16(2 * i, true) / 32768;
    return samples;
  }
  for (let i = 0; i < samples.length; i++) {
    const value = view.getFloat32(4 * i, true);
    if (!Number.isFinite(value)) throw audioError('AUR_AUDIO_NOT_FINITE', { index: i, value });
    samples[i] = Math.max(-1, Math.min(1, value));
  }
  return samples;
}
