/** An address goes in, a file or an unpacked archive comes out; an interrupted download is continued. */
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar';
import { datasetError } from './errors.js';

/** Bytes on disk so far and in all, which a server need not tell. */
export type Progress = (received: number, total: number | undefined) => void;

const sizeOf = async (path: string): Promise<number> => (await stat(path).catch(() => undefined))?.size ?? 0;

/** Downloads to `${path}.partial` and renames when it is whole. What an earlier call left there is continued if the server can, else begun anew.
 *  @throws AUR_RECIPE_DOWNLOAD; a further call continues */
export async function downloadFile(url: string, path: string, onProgress?: Progress): Promise<void> {
  const partial = `${path}.partial`;
  await mkdir(dirname(path), { recursive: true });
  const present = await sizeOf(partial);
  const fail = (reason: string, cause?: unknown) => datasetError('AUR_RECIPE_DOWNLOAD', { url, reason }, { cause });
  let response: Response;
  try {
    response = await fetch(url, { headers: present > 0 ? { range: `bytes=${present}-` } : {} });
  } catch (error) {
    throw fail(reasonOf(error), error);
  }
  if (response.status === 416 && present > 0) {
    // Nothing lies beyond what is here: whole already, or left over from another file.
    await response.body?.cancel();
    if (totalOf(response) === present) return rename(partial, path);
    await rm(partial);
    return downloadFile(url, path, onProgress);
  }
  if (!response.ok || !response.body) {
    await response.body?.cancel();
    throw fail(`status ${response.status} ${response.statusText}`.trimEnd());
  }
  const continued = response.status === 206;
  const length = response.headers.get('content-length');
  const start = continued ? present : 0;
  const total = length === null ? undefined : start + Number(length);
  let received = start;
  try {
    await pipeline(
      Readable.fromWeb(response.body as import('node:stream/web').ReadableStream),
      async function* (chunks: AsyncIterable<Uint8Array>) {
        for await (const chunk of chunks) {
          received += chunk.length;
          yield chunk;
          onProgress?.(received, total);
        }
      },
      createWriteStream(partial, { flags: continued ? 'a' : 'w' }),
    );
  } catch (error) {
    throw fail(`broke off after ${received} bytes: ${reasonOf(error)}`, error);
  }
  await rename(partial, path);
}

/** `fetch` hides what went wrong in the cause. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error && cause.message ? `${message} (${cause.message})` : message;
}

// Of a header like `bytes */1234`.
const totalOf = (response: Response) => Number(/\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1]);

/** Unpacks one folder of a (gzipped) tar archive as `folder`, which appears whole or not at all.
 *  @param inner the folder inside the archive's first folder
 *  @returns how many files it has
 *  @throws AUR_RECIPE_ARCHIVE */
export async function unpackFolder(archive: string, inner: string, folder: string): Promise<number> {
  const partial = `${folder}.${process.pid}.partial`;
  await mkdir(partial, { recursive: true });
  let files = 0;
  try {
    await extract({
      file: archive,
      cwd: partial,
      strip: 2,
      strict: true,
      filter: (path, entry) => {
        const isWanted = path.split('/')[1] === inner;
        if (isWanted && 'type' in entry && entry.type === 'File') files++;
        return isWanted;
      },
    });
    await rename(partial, folder);
  } catch (cause) {
    await rm(partial, { recursive: true, force: true });
    throw datasetError('AUR_RECIPE_ARCHIVE', { path: archive, reason: (cause as Error).message }, { cause });
  }
  return files;
}
