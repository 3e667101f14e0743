/** Samples or values go in, the bytes of small files for tests come out. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeWav } from '@auricle/audio';
import { onTestFinished } from 'vitest';

/** A folder that is gone after the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'auricle-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A mono 16-bit WAV file. */
export const wavBytes = (samples: Float32Array, sampleRate: number): Buffer =>
  Buffer.from(encodeWav({ samples, sampleRate }));

/** Seconds of a sine. */
export const tone = (seconds: number, sampleRate: number, hertz = 440, amplitude = 0.5): Float32Array =>
  Float32Array.from(
    { length: Math.round(seconds * sampleRate) },
    (_, i) => amplitude * Math.sin((2 * Math.PI * hertz * i) / sampleRate),
  );

export interface NpyParts {
  version?: number;
  dtype?: string;
  fortran?: boolean;
  shape?: string;
}

/** A .npy file as NumPy writes it: its header padded to 64 bytes. */
export function npyBytes(values: ArrayLike<number>, shape: string, parts: NpyParts = {}): Buffer {
  const { version = 1, dtype = '<f4', fortran = false } = parts;
  const dict = `{'descr': '${dtype}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': (${shape}), }`;
  const before = version === 1 ? 10 : 12;
  const text = `${dict.padEnd(Math.ceil((before + dict.length + 1) / 64) * 64 - before - 1)}\n`;
  const header = Buffer.alloc(before);
  header.write('\x93NUMPY', 'latin1');
  header[6] = version;
  if (version === 1) header.writeUInt16LE(text.length, 8);
  else header.writeUInt32LE(text.length, 8);
  const body = Buffer.alloc(4 * values.length);
  for (let i = 0; i < values.length; i++) body.writeFloatLE(values[i], 4 * i);
  return Buffer.concat([header, Buffer.from(text, 'latin1'), body]);
}
