/** Bytes as they come go in, a file of this machine that holds them comes out. */
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { LocalFile } from './store.js';

/** @throws what the source throws; then nothing is left */
export async function temporaryFile(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  signal: AbortSignal,
): Promise<LocalFile> {
  const folder = await mkdtemp(join(tmpdir(), 'auricle-job-'));
  const release = () => rm(folder, { recursive: true, force: true });
  const path = join(folder, 'recording');
  try {
    await pipeline(source, createWriteStream(path, { mode: 0o600 }), { signal });
    return { path, release };
  } catch (error) {
    await release();
    throw error;
  }
}
