/** PCM bytes of a live stream go in piece by piece, a WAV file comes out, whose head is put right at its end. */
import { type FileHandle, open } from 'node:fs/promises';
import type { PcmEncoding } from '@auricle/audio';
import { deferred } from '../deferred.js';

const HEAD_BYTES = 44;
/** Waiting to be written; a disk that is slower than the audio loses the recording, not the stream. */
const MOST_WAITING = 8 << 20;
const LARGEST = 0xffff_ffff - HEAD_BYTES;

export interface WavFileOptions {
  /** Hz */
  sampleRate: number;
  encoding: PcmEncoding;
  /** when the file's folder is there */
  folderMade: Promise<unknown>;
}

export class WavFile {
  private readonly failure = deferred<never>();
  private tail: Promise<FileHandle>;
  private bytes = 0;
  private waiting = 0;
  private isOver = false;

  constructor(
    path: string,
    private readonly options: WavFileOptions,
  ) {
    this.tail = options.folderMade.then(() => open(path, 'wx', 0o600));
    this.queue((file) => file.write(wavHead(options, 0)));
  }

  /** Rejects when the file could not be written; nothing more is then tried. */
  get failed(): Promise<never> {
    return this.failure.promise;
  }

  /** @param bytes copied */
  write(bytes: Uint8Array): void {
    if (this.isOver) return;
    this.waiting += bytes.length;
    if (this.waiting > MOST_WAITING || this.bytes + bytes.length > LARGEST) {
      this.close();
      this.failure.reject(new Error('the disk is too slow, or the recording too long'));
      return;
    }
    this.bytes += bytes.length;
    const copy = Uint8Array.from(bytes);
    this.queue(async (file) => {
      await file.write(copy);
      this.waiting -= copy.length;
    });
  }

  close(): void {
    if (this.isOver) return;
    this.isOver = true;
    const head = wavHead(this.options, this.bytes);
    this.queue((file) => file.write(head, 0, HEAD_BYTES, 0));
    this.tail.then((file) => file.close()).catch(() => undefined);
  }

  private queue(work: (file: FileHandle) => Promise<unknown>): void {
    this.tail = this.tail.then(async (file) => {
      try {
        await work(file);
      } catch (error) {
        await file.close().catch(() => undefined);
        throw error;
      }
      return file;
    });
    this.tail.catch((error) => {
      this.isOver = true;
      this.failure.reject(error);
    });
  }
}

/** Mono, 16-bit integers (format 1) or 32-bit floats (format 3). */
function wavHead({ sampleRate, encoding }: WavFileOptions, dataBytes: number): Buffer {
  const size = encoding === 's16le' ? 2 : 4;
  const head = Buffer.alloc(HEAD_BYTES);
  head.write('RIFF', 0);
  head.writeUInt32LE(HEAD_BYTES - 8 + dataBytes, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(encoding === 's16le' ? 1 : 3, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(sampleRate, 24);
  head.writeUInt32LE(sampleRate * size, 28);
  head.writeUInt16LE(size, 32);
  head.writeUInt16LE(8 * size, 34);
  head.write('data', 36);
  head.writeUInt32LE(dataBytes, 40);
  return head;
}
