/** A folder goes in, a store comes out whose files are there whole or not at all. */
import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { batchError } from '../errors.js';
import type { LocalFile, Store } from './store.js';

/** Of a name, in that of the file that is renamed to it: together they fit in what file systems take. */
const LONGEST_STEM = 64;

export class FolderStore implements Store {
  constructor(readonly place: string) {}

  async open(name: string): Promise<LocalFile> {
    return { path: this.at(name), release: async () => undefined };
  }

  async write(name: string, content: string | Uint8Array): Promise<void> {
    const path = this.at(name);
    const beside = join(dirname(path), `.${basename(path).slice(0, LONGEST_STEM)}.${randomUUID().slice(0, 8)}.part`);
    await this.told(path, async () => {
      try {
        await mkdir(dirname(path), { recursive: true });
        const file = await open(beside, 'w');
        try {
          await file.writeFile(content);
          // A name must not outlive a power cut that its content does not.
          await file.sync();
        } finally {
          await file.close();
        }
        await rename(beside, path);
      } catch (error) {
        await rm(beside, { force: true }).catch(() => undefined);
        throw error;
      }
    });
  }

  async read(name: string): Promise<Uint8Array | undefined> {
    const path = this.at(name);
    return this.told(path, () => readFile(path).catch(unlessMissing));
  }

  async has(name: string): Promise<boolean> {
    const path = this.at(name);
    return (await this.told(path, () => stat(path).catch(unlessMissing))) !== undefined;
  }

  async remove(name: string): Promise<void> {
    const path = this.at(name);
    await this.told(path, () => rm(path, { force: true }));
  }

  /** @throws AUR_JOB_STORE for a name that leaves the folder */
  private at(name: string): string {
    const path = resolve(this.place, name);
    const below = relative(resolve(this.place), path);
    if (below === '' || below.startsWith('..') || name.includes('\0'))
      throw batchError('AUR_JOB_STORE', { place: this.place, reason: `"${name}" is no name in it` });
    return path;
  }

  private async told<T>(path: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      throw batchError('AUR_JOB_STORE', { place: path, reason: (cause as Error).message }, { cause });
    }
  }
}

function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
  return undefined;
}
