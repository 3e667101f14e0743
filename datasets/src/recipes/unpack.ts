/** An archive (.zip, .tar, .tar.gz, .tar.bz2) goes in, one folder of it comes out, whole or not at all. */
import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { AuricleError } from '@auricle/audio';
import { extract } from 'tar';
import { openPromise } from 'yauzl';
import { datasetError } from '../errors.js';
import { isThere } from './file-tree.js';

/** Whether a file of the archive is wanted. */
type Choice = (path: string) => boolean;

/** Unpacks one folder of an archive as `folder`. Links and devices in it are left out.
 *  @param inner the folder's path in the archive, with `*` for a name that varies; empty for all of the archive
 *  @param expected paths below the folder without which it would not be the corpus
 *  @throws AUR_RECIPE_ARCHIVE for one that is damaged, AUR_RECIPE_NO_FILES for one of something else, AUR_RECIPE_UNPACKER where
 *  bzip2 is wanted and missing */
export async function unpackFolder(
  archive: string,
  inner: string,
  folder: string,
  expected: readonly string[],
): Promise<void> {
  const partial = `${folder}.partial`;
  const pattern = inner.split('/').filter(Boolean);
  const roots = new Set<string>();
  try {
    // What an interrupted call left behind.
    await rm(partial, { recursive: true, force: true });
    await mkdir(partial, { recursive: true });
    await unpack(archive, partial, (path) => {
      const names = namesOf(path);
      if (names.length <= pattern.length) return false;
      if (!pattern.every((name, i) => name === '*' || name === names[i])) return false;
      roots.add(names.slice(0, pattern.length).join('/'));
      return true;
    });
    if (roots.size > 1) throw new Error(`expected one folder ${inner}, found ${[...roots].slice(0, 3).join(', ')}`);
    const [root = ''] = roots;
    if (roots.size === 0) throw datasetError('AUR_RECIPE_NO_FILES', { folder: archive, expected: `folder "${inner}"` });
    for (const path of expected)
      if (!(await isThere(join(partial, root, path))))
        throw datasetError('AUR_RECIPE_NO_FILES', { folder: archive, expected: `"${join(root, path)}"` });
    await mkdir(dirname(folder), { recursive: true });
    await rename(join(partial, root), folder);
  } catch (error) {
    if (error instanceof AuricleError) throw error;
    throw datasetError('AUR_RECIPE_ARCHIVE', { path: archive, reason: (error as Error).message }, { cause: error });
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

const namesOf = (path: string) => path.split('/').filter((name) => name !== '' && name !== '.');

async function unpack(archive: string, folder: string, isWanted: Choice): Promise<void> {
  if (archive.endsWith('.zip')) return unzip(archive, folder, isWanted);
  const untar = {
    cwd: folder,
    strict: true,
    preserveOwner: false,
    filter: (path: string, entry: object) =>
      'type' in entry && (entry.type === 'File' || entry.type === 'Directory') && isWanted(path),
  };
  if (/\.(tar\.bz2|tbz2?)$/.test(archive)) return pipeline(bunzip2(archive), extract(untar));
  return extract({ ...untar, file: archive });
}

async function unzip(archive: string, folder: string, isWanted: Choice): Promise<void> {
  const zip = await openPromise(archive);
  try {
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName.endsWith('/') || !isWanted(entry.fileName)) continue;
      const path = join(folder, ...namesOf(entry.fileName));
      await mkdir(dirname(path), { recursive: true });
      await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(path));
    }
  } finally {
    zip.close();
  }
}

/** By the program: the packages for it are a tenth as fast, and some end the process at a damaged archive. */
async function* bunzip2(archive: string): AsyncGenerator<Buffer> {
  const child = spawn('bzip2', ['-dc', '--', archive], { stdio: ['ignore', 'pipe', 'pipe'] });
  let complaint = '';
  child.stderr.on('data', (text) => {
    complaint += text;
  });
  const failure = new Promise<Error | undefined>((resolve) => {
    child.on('error', (cause) =>
      resolve(datasetError('AUR_RECIPE_UNPACKER', { path: archive, program: 'bzip2' }, { cause })),
    );
    child.on('close', (status) =>
      resolve(status === 0 ? undefined : new Error(complaint.trim() || `bzip2 ended with status ${status}`)),
    );
  });
  try {
    yield* child.stdout as AsyncIterable<Buffer>;
    const error = await failure;
    if (error) throw error;
  } finally {
    child.kill();
  }
}
