/** A file of API keys goes in, one with a key more or less comes out; at every moment there is a whole file. */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { servingError } from '../errors.js';
import { type KeyRecord, parseKeyFile } from './keys.js';

/** @returns no keys when there is no file
 *  @throws AUR_ACCESS_CONFIG */
export async function readKeyFile(file: string): Promise<KeyRecord[]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw servingError('AUR_ACCESS_CONFIG', { source: file, problems: (cause as Error).message }, { cause });
  }
  return parseKeyFile(text, file);
}

/** Only its owner may read it. */
export async function writeKeyFile(file: string, keys: readonly KeyRecord[]): Promise<void> {
  const text = `${JSON.stringify({ version: 1, keys }, undefined, 2)}\n`;
  // What cannot be read back is not written.
  parseKeyFile(text, file);
  await mkdir(dirname(file), { recursive: true });
  const part = `${file}.${randomBytes(4).toString('hex')}.part`;
  try {
    await writeFile(part, text, { mode: 0o600, flag: 'wx' });
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}
