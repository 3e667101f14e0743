/** A path and a text go in; the file is there whole afterwards, or as it was before. */
import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { cliError } from '../errors.js';

/** Bytes of a file name that all file systems of our day take. */
const LONGEST_NAME = 255;

/** Writes beside it and renames; folders are made.
 *  @throws AUR_CLI_FILE, for example where the disk is full */
export async function writeWhole(path: string, text: string): Promise<void> {
  const folder = dirname(path);
  const beside = join(folder, `.${basename(path).slice(0, LONGEST_NAME / 4)}.${randomUUID().slice(0, 8)}.part`);
  try {
    await mkdir(folder, { recursive: true });
    const file = await open(beside, 'w');
    try {
      await file.writeFile(text);
      // A name must not outlive a power cut that its text does not.
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
  } catch (cause) {
    await rm(beside, { force: true }).catch(() => undefined);
    throw cliError('AUR_CLI_FILE', { path, reason: (cause as Error).message }, { cause });
  }
}
