/** The recordings of fixtures/codecs come out, each with what an independent decoder reads from it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RawFormat } from '@auricle/audio';

export interface CodecFile {
  file: string;
  path: string;
  bytes: Uint8Array;
  /** Hz */
  sampleRate: number;
  channels: number;
  /** Samples a channel. */
  length: number;
  raw?: RawFormat;
  /** Of the samples as interleaved 32-bit floats, for lossless formats. */
  sha256?: string;
  /** Path of the samples as 16-bit FLAC, for lossy formats. */
  reference?: string;
}

const folder = join(import.meta.dirname, 'fixtures/codecs');

export const codecBytes = (file: string): Uint8Array => new Uint8Array(readFileSync(join(folder, file)));

export const codecFiles: CodecFile[] = (
  JSON.parse(readFileSync(join(folder, 'codecs.json'), 'utf8')) as CodecFile[]
).map((entry) => ({
  ...entry,
  path: join(folder, entry.file),
  bytes: codecBytes(entry.file),
  reference: entry.reference && join(folder, entry.reference),
}));

/** Those of compressed formats that a stream can be made of: all but FLAC are lossy. */
export const compressedFiles = codecFiles.filter(({ file }) => !/\.(wav|sph|raw)$/.test(file));
