/** The archives of a corpus go in, their unpacked folders come out; what is there already is not fetched again. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type DownloadOptions, downloadFile, fileNameOf, type RemoteFile, verifyFile } from '../download.js';
import { datasetError } from '../errors.js';
import { isThere } from './file-tree.js';
import { unpackFolder } from './unpack.js';

export interface CorpusArchive extends RemoteFile {
  /** the folder wanted of it, with `*` for a name that varies; empty for all of the archive */
  inner: string;
  /** what that becomes, below the corpus's folder */
  target: string;
  /** paths below it without which it would not be the corpus */
  expected: readonly string[];
}

export interface FetchOptions extends DownloadOptions {
  /** address of a folder in which the archives lie under their names */
  mirror?: string;
  /** sizes and checksums by the archives' names, in place of the official ones: for a mirror that packed them anew */
  known?: Readonly<Record<string, Pick<RemoteFile, 'bytes' | 'checksum'>>>;
}

/** Downloads, checks and unpacks what is not there yet. An archive that lies in the folder already is checked, used and left there.
 *  @throws AUR_RECIPE_DOWNLOAD, AUR_RECIPE_SIZE, AUR_RECIPE_CHECKSUM, AUR_RECIPE_ARCHIVE, AUR_RECIPE_NO_FILES, AUR_RECIPE_UNPACKER */
export async function fetchArchives(
  folder: string,
  archives: readonly CorpusArchive[],
  options: FetchOptions = {},
): Promise<void> {
  const { mirror, known } = options;
  for (const archive of archives) {
    const target = join(folder, archive.target);
    if (await isThere(target)) continue;
    const name = fileNameOf(archive.url);
    const file = join(folder, name);
    const { bytes, checksum } = known?.[name] ?? archive;
    const isOurs = !(await isThere(file));
    if (isOurs) {
      const url = mirror === undefined ? archive.url : `${mirror.replace(/\/+$/, '')}/${name}`;
      await downloadFile({ url, bytes, checksum }, file, options);
    } else await verifyFile(file, { url: archive.url, bytes, checksum }, options.onNotice);
    options.onNotice?.(`${name}: unpacking`);
    try {
      await unpackFolder(file, archive.inner, target, archive.expected);
    } catch (error) {
      // A damaged archive must not be taken for a good one by the next call; a full disk is not the archive's fault.
      if (isOurs && !isOfTheSystem(error)) await rm(file);
      throw error;
    }
    if (isOurs) await rm(file);
  }
}

const isOfTheSystem = (error: unknown) =>
  ((error as Error).cause as NodeJS.ErrnoException | undefined)?.syscall !== undefined;

/** @returns those of the parts that are named, in the order of their corpus; all of them where none is named
 *  @throws AUR_RECIPE_PART */
export function chooseParts<Part extends string>(
  corpus: string,
  parts: readonly Part[],
  named: readonly string[] | undefined,
): Part[] {
  const unknown = named?.find((name) => !parts.some((part) => part === name));
  if (unknown !== undefined) throw datasetError('AUR_RECIPE_PART', { corpus, part: unknown, parts: parts.join(', ') });
  return parts.filter((part) => !named || named.includes(part));
}
