/** A folder and an age go in; what is older is deleted. */
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** @param ms since a file was last written
 *  @returns how many were deleted */
export async function sweep(folder: string, ms: number, now = Date.now()): Promise<number> {
  let deleted = 0;
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (!entry.isFile()) continue;
    const age = now - ((await stat(path).catch(() => undefined))?.mtimeMs ?? now);
    if (age <= ms) continue;
    await rm(path, { force: true });
    deleted++;
  }
  return deleted;
}
