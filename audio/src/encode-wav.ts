/** Samples go in, the bytes of a WAV file come out. */
import type { Pcm } from './mix-down.js';

const HEADER_BYTES = 44;

/** 16-bit mono WAV; samples beyond [-1, 1] are clipped. */
export function encodeWav({ samples, sampleRate }: Pcm): Uint8Array {
  const bytes = Buffer.alloc(HEADER_BYTES + 2 * samples.length);
  bytes.write('RIFF');
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.write('WAVEfmt ', 8);
  bytes.writeUInt32LE(16, 16);
  // Integers, one channel.
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(sampleRate, 24);
  bytes.writeUInt32LE(2 * sampleRate, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36);
  bytes.writeUInt32LE(2 * samples.length, 40);
  for (let i = 0; i < samples.length; i++)
    bytes.writeInt16LE(Math.max(-32768, Math.min(32767, Math.round(samples[i] * 32768))), HEADER_BYTES + 2 * i);
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}
