/** An archive (.zip, .tar, .tar.gz, .tar.bz2) goes in, one folder of it comes out, whole or not at all. */
import { spawn } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AuricleError } from '@auricle/audio';
import { extract } from 'tar';
import { openPromise } from 'yauzl';
import { datasetError } from '../errors.js';
import { isThere } from './file-tree.js';

/** Whether a file of the archive is wanted. */
type Choice = (path: string) => boolean;

/** How much may come out of an archive; one that holds more is damaged or a trap. */
export interface UnpackLimits {
  bytes: number;
  files: number;
}

const NO_LIMITS: UnpackLimits = { bytes: Number.POSITIVE_INFINITY, files: Number.POSITIVE_INFINITY };

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
  limits: UnpackLimits = NO_LIMITS,
): Promise<void> {
  const partial = `${folder}.partial`;
  const pattern = inner.split('/').filter(Boolean);
  const roots = new Set<string>();
  try {
    // What an interrupted call left behind.
    await rm(partial, { recursive: true, force: true });
    await mkdir(partial, { recursive: true });
    const unpack = new Unpacking(limits);
    await unpack.run(archive, partial, (path) => {
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
    // Files in work when it was refused may appear while their folder is cleared.
    await rm(partial, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 });
  }
}

const namesOf = (path: string) => path.split('/').filter((name) => name !== '' && name !== '.');

class Unpacking {
  private bytes = 0;
  private files = 0;

  constructor(private readonly limits: UnpackLimits) {}

  async run(archive: string, folder: string, isWanted: Choice): Promise<void> {
    if (archive.endsWith('.zip')) return this.unzip(archive, folder, isWanted);
    let surplus: Error | undefined;
    const untar = extract({
      cwd: folder,
      strict: true,
      preserveOwner: false,
      filter: (path, entry) => {
        try {
          this.count(entry.size ?? 0);
        } catch (error) {
          surplus ??= error as Error;
        }
        if (surplus) return false;
        return 'type' in entry && (entry.type === 'File' || entry.type === 'Directory') && isWanted(path);
      },
    });
    const packed = /\.(tar\.bz2|tbz2?)$/.test(archive) ? bunzip2(archive) : createReadStream(archive);
    async function* untilSurplus() {
      for await (const chunk of packed) {
        // The rest may be without end.
        if (surplus) return;
        yield chunk as Buffer;
      }
    }
    const source = Readable.from(untilSurplus());
    // Not by `pipeline`, which waits for ever where nothing of an archive is wanted.
    await new Promise<void>((resolve, reject) => {
      untar.on('error', reject).on('close', resolve);
      source.on('error', reject).pipe(untar);
    })
      .catch((error) => {
        throw surplus ?? error;
      })
      .finally(() => source.destroy());
    if (surplus) throw surplus;
  }

  private async unzip(archive: string, folder: string, isWanted: Choice): Promise<void> {
    const zip = await openPromise(archive);
    try {
      for await (const entry of zip.eachEntry()) {
        // More than its header says is refused when it is read.
        this.count(entry.uncompressedSize);
        if (entry.fileName.endsWith('/') || !isWanted(entry.fileName)) continue;
        const path = join(folder, ...namesOf(entry.fileName));
        await mkdir(dirname(path), { recursive: true });
        await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(path));
      }
    } finally {
      zip.close();
    }
  }

  private count(bytes: number): void {
    this.bytes += bytes;
    this.files++;
    const { limits } = this;
    if (this.bytes > limits.bytes) throw new Error(`it holds more than ${limits.bytes} bytes`);
    if (this.files > limits.files) throw new Error(`it holds more than ${limits.files} files`);
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
