/** A path goes in, a language model comes out, whatever its format; a model goes in, a file comes out that is there whole or not at all. */
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { DecodingError } from '../errors.js';
import { readArpa } from './arpa-reader.js';
import { arpaOf } from './arpa-writer.js';
import { checkedModel } from './checked-model.js';
import type { LanguageModel } from './language-model.js';
import type { LayOutOptions } from './lay-out.js';

/** Reads our binary by one read, and ARPA files, gzipped or not; the content tells which it is.
 *  @param options how an ARPA file is laid out: `bits` default to 32 here, so that its scores are its own
 *  @throws DecodingError AUR_DECODING_FILE when the file cannot be read, AUR_DECODING_LM_FILE, AUR_DECODING_ARPA */
export async function loadModel(path: string, options: LayOutOptions = {}): Promise<LanguageModel> {
  const head = await firstBytes(path, 4);
  if (head.toString('latin1') === 'AULM') return checkedModel(await wholeFile(path, options.shared ?? false));
  return readArpa(textPieces(path), { bits: 32, ...options });
}

/** A path that ends in `.arpa` or `.arpa.gz` becomes such a file, any other our binary. */
export async function saveModel(model: LanguageModel, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const partial = `${path}.partial`;
  try {
    const file = await open(partial, 'w');
    try {
      if (/\.arpa(\.gz)?$/.test(path)) {
        const out = file.createWriteStream({ autoClose: false });
        if (path.endsWith('.gz')) await pipeline(arpaOf(model), createGzip(), out);
        else await pipeline(arpaOf(model), out);
      } else await file.writeFile(new Uint8Array(model.buffer));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(partial, path);
  } catch (cause) {
    await rm(partial, { force: true });
    throw unreadable(path, cause);
  }
}

/** A file's bytes, unpacked where it is gzipped.
 *  @throws DecodingError AUR_DECODING_FILE */
export async function* textPieces(path: string): AsyncGenerator<Uint8Array> {
  const head = await firstBytes(path, 2);
  const file = createReadStream(path, { highWaterMark: 2 ** 18 });
  const isPacked = head[0] === 0x1f && head[1] === 0x8b;
  const unpacked = isPacked ? file.pipe(createGunzip()) : file;
  if (isPacked) file.on('error', (error) => unpacked.destroy(error));
  try {
    yield* unpacked as AsyncIterable<Uint8Array>;
  } catch (cause) {
    throw cause instanceof DecodingError ? cause : unreadable(path, cause);
  }
}

async function firstBytes(path: string, count: number): Promise<Buffer> {
  const file = await open(path).catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(count), 0, count, 0);
    return buffer.subarray(0, bytesRead);
  } catch (cause) {
    throw unreadable(path, cause);
  } finally {
    await file.close();
  }
}

async function wholeFile(path: string, shared: boolean): Promise<ArrayBufferLike> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const buffer = shared ? new SharedArrayBuffer(size) : new ArrayBuffer(size);
    const bytes = new Uint8Array(buffer as ArrayBuffer);
    for (let at = 0; at < size; ) {
      const { bytesRead } = await file.read(bytes, at, size - at, at);
      if (bytesRead === 0) throw new Error(`it ended after ${at} of ${size} bytes`);
      at += bytesRead;
    }
    return buffer;
  } catch (cause) {
    throw unreadable(path, cause);
  } finally {
    await file.close();
  }
}

const unreadable = (path: string, cause: unknown) =>
  new DecodingError('AUR_DECODING_FILE', { path, reason: (cause as Error).message });
