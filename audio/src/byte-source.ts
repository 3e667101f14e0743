/** A file or bytes in memory go in; any part of them can be read. */
import { type FileHandle, open } from 'node:fs/promises';
import { audioError } from './audio-errors.js';

export interface ByteSource {
  /** bytes */
  readonly size: number;
  /** Fewer bytes than asked for where they end before. */
  read(at: number, length: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

export const bytesInMemory = (bytes: Uint8Array): ByteSource => ({
  size: bytes.length,
  read: async (at, length) => bytes.subarray(at, at + length),
  close: async () => {},
});

/** Of a file that is read from beginning to end, so much is read at a time. */
export const PIECE_BYTES = 256 * 1024;

/** Read at once when a file is opened: most headers, and many files whole. */
const HEAD_BYTES = 64 * 1024;

/** @throws AUR_AUDIO_MISSING when the file cannot be read, also later */
export async function openByteFile(path: string): Promise<ByteSource> {
  const missing = (cause: unknown) =>
    audioError('AUR_AUDIO_MISSING', { source: path, reason: (cause as Error).message }, { cause });
  let file: FileHandle | undefined;
  try {
    file = await open(path);
    const { size } = await file.stat();
    const head = await readPart(file, 0, Math.min(size, HEAD_BYTES));
    return fileSource(file, size, head, missing);
  } catch (cause) {
    await file?.close();
    throw missing(cause);
  }
}

function fileSource(file: FileHandle, size: number, head: Uint8Array, missing: (cause: unknown) => Error): ByteSource {
  return {
    size,
    async read(at, length) {
      if (at + length <= head.length) return head.subarray(at, at + length);
      return readPart(file, at, Math.max(0, Math.min(length, size - at))).catch((cause) => {
        throw missing(cause);
      });
    },
    close: () => file.close(),
  };
}

async function readPart(file: FileHandle, at: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(bytes, filled, length - filled, at + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}
