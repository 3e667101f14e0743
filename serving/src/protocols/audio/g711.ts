/** Bytes of G.711 go in, samples come out. */
import { RAW_ENCODINGS } from '@auricle/audio';
import { waveSamples } from '@auricle/audio/formats/wave-samples';

/** The sample that each byte stands for: the audio room's decoder says, once. */
const table = (encoding: 'mulaw' | 'alaw') =>
  Float32Array.from(
    waveSamples(
      RAW_ENCODINGS[encoding],
      Uint8Array.from({ length: 256 }, (_, byte) => byte),
    ),
  );
const TABLES = { mulaw: table('mulaw'), alaw: table('alaw') };

/** @returns samples in [-1, 1] */
export function g711Samples(bytes: Uint8Array, encoding: 'mulaw' | 'alaw'): Float32Array {
  const values = TABLES[encoding];
  const samples = new Float32Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) samples[i] = values[bytes[i]];
  return samples;
}
