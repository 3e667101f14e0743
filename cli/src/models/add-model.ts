/** A folder, an archive or an address of one goes in; a checked model stands in the store afterwards, or nothing does. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { readBundle } from '@auricle/bundle';
import { downloadFile, type Progress } from '@auricle/datasets';
import { unpackFolder } from '@auricle/datasets/recipes/unpack';
import { createEngine } from '@auricle/serving';
import { cliError } from '../errors.js';
import { findModel, type ModelFiles } from './layout.js';
import { checkName, storeFolder } from './store.js';

export interface AddOptions {
  /** default: that of the folder or archive */
  name?: string;
  /** of the archive, hexadecimal; another is refused */
  sha256?: string;
  /** replace a model of the same name */
  force?: boolean;
  onProgress?: Progress;
  onNotice?: (notice: string) => void;
  /** pause before a download that broke off is continued, ms */
  firstPauseMs?: number;
}

export interface AddedModel {
  name: string;
  path: string;
  /** of the archive; undefined for a folder */
  sha256?: string;
}

const ARCHIVE = /\.(tar\.bz2|tbz2?|tar\.gz|tgz|tar|zip)$/i;
/** More than any model for the CPU has. */
const LIMITS = { bytes: 8 * 2 ** 30, files: 10_000 };

/** What was downloaded of an archive stays until it is whole and added, and the next call continues it.
 *  @throws AUR_MODELS_…, and what the download (AUR_RECIPE_…), reading the bundle and loading the model throw */
export async function addModel(source: string, options: AddOptions = {}): Promise<AddedModel> {
  const isRemote = /^https?:\/\//i.test(source);
  const isFolder = !isRemote && (await stat(source).catch(() => undefined))?.isDirectory();
  const file = isRemote ? basename(new URL(source).pathname) : basename(resolve(source));
  if (!isFolder && !ARCHIVE.test(file))
    throw cliError('AUR_MODELS_SOURCE', {
      source,
      expected: 'a folder, or an archive: .tar.bz2, .tar.gz, .tar or .zip',
    });
  const name = checkName(options.name ?? (isFolder ? file : file.replace(ARCHIVE, '')));
  const store = storeFolder();
  const path = join(store, name);
  if (!options.force && (await stat(path).catch(() => undefined))) throw cliError('AUR_MODELS_THERE', { path, name });
  await mkdir(store, { recursive: true });
  const work = await mkdtemp(join(store, '.adding-'));
  try {
    if (isFolder) return { name, path: await settle(await findModel(source, source), { work, path, source, name }) };
    const archive = isRemote ? await fetchArchive(source, file, store, options) : resolve(source);
    const sha256 = await digestOf(archive);
    if (!isRemote && options.sha256 && options.sha256.toLowerCase() !== sha256)
      throw cliError('AUR_MODELS_SOURCE', {
        source,
        expected: `an archive of sha256 ${options.sha256}, not ${sha256}`,
      });
    const unpacked = join(work, 'unpacked');
    await unpackFolder(archive, '', unpacked, [], LIMITS);
    await settle(await findModel(unpacked, source), { work, path, source, name, sha256 });
    if (isRemote) await rm(archive);
    return { name, path, sha256 };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Into the store, under a name of its address, so that another call finds what is there of it. */
async function fetchArchive(url: string, file: string, store: string, options: AddOptions): Promise<string> {
  const key = createHash('sha256').update(url).digest('hex').slice(0, 16);
  const archive = join(store, '.downloads', `${key}-${file}`);
  const checksum = options.sha256 ? { algorithm: 'sha256' as const, digest: options.sha256.toLowerCase() } : undefined;
  const { onProgress, onNotice, firstPauseMs } = options;
  await downloadFile({ url, checksum }, archive, { onProgress, onNotice, firstPauseMs });
  return archive;
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

interface Place {
  work: string;
  path: string;
  source: string;
  name: string;
  sha256?: string;
}

/** Copies the model's files, tries each precision out, and only then puts the folder in its place. */
async function settle(
  { folder, names, others }: ModelFiles,
  { work, path, source, name, sha256 }: Place,
): Promise<string> {
  const made = join(work, name);
  await mkdir(made);
  for (const [to, from] of [...Object.entries(names), ...others.map((other) => [other, other])])
    await copyFile(join(folder, from), join(made, to));
  const origin = { source: source.split('?')[0], sha256, added: new Date().toISOString() };
  await writeFile(join(made, 'origin.json'), `${JSON.stringify(origin, null, 2)}\n`);
  for (const precision of ['float', 'int8'] as const) {
    if (!names[precision === 'float' ? 'model.onnx' : 'model.int8.onnx']) continue;
    await readBundle(made, { precision });
    await (await createEngine({ bundle: made, precision })).close(0);
  }
  await rm(path, { recursive: true, force: true });
  await rename(made, path);
  return path;
}
