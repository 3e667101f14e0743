/** What a command line names goes in (files, folders, manifests, `-`), the recordings it means come out, each with a name for its outputs. */
import { createWriteStream } from 'node:fs';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { isAudioName, readManifestLines, resolvePath, stemOf } from '@auricle/datasets';
import { cliError } from '../errors.js';

export interface Recording {
  file: string;
  /** seconds */
  offset?: number;
  duration?: number;
  /** how reports and formats name it */
  title: string;
  /** path of its outputs in the output folder, without extension */
  name: string;
}

export interface Recordings {
  recordings: Recording[];
  /** files of folders that are no recordings by their names */
  passedOver: string[];
  /** folders and lines that could not be read */
  failures: { title: string; error: Error }[];
  /** removes what was made for the time of the command */
  cleanUp: () => Promise<void>;
}

/** What is found at a path, in turn. */
export type Found =
  | { recording: Recording }
  /** a file of a folder that is no recording by its name */
  | { passedOver: string }
  /** a folder or a line that cannot be read */
  | { failure: { title: string; error: Error } };

/** @throws AUR_CLI_PATHS for `-` beside others of it */
export async function findRecordings(paths: readonly string[], stdin: NodeJS.ReadableStream): Promise<Recordings> {
  const found: Recordings = { recordings: [], passedOver: [], failures: [], cleanUp: async () => {} };
  if (paths.filter((path) => path === '-').length > 1)
    throw cliError('AUR_CLI_PATHS', { problem: '"-" is given twice: standard input can be read once' });
  for (const path of paths) {
    if (path === '-') await spool(stdin, found);
    else
      for await (const one of recordingsAt(path)) {
        if ('recording' in one) found.recordings.push(one.recording);
        else if ('passedOver' in one) found.passedOver.push(one.passedOver);
        else found.failures.push(one.failure);
      }
  }
  return found;
}

/** @param path a recording, a folder or a manifest */
export async function* recordingsAt(path: string): AsyncGenerator<Found> {
  if (path.endsWith('.jsonl')) yield* listed(path);
  else if ((await stat(path).catch(() => undefined))?.isDirectory()) yield* below(path, '');
  else yield { recording: recordingAt(path, nameOf(path)) };
}

/** Of a recording that is no file: http, https or s3. */
export const isAddress = (path: string): boolean => /^(?:https?|s3):\/\//.test(path);

export const recordingAt = (file: string, name: string): Recording => ({ file, title: file, name: stemOf(name) });

/** Its place below the working folder; of a file elsewhere its name alone. */
function nameOf(path: string): string {
  const below = relative(process.cwd(), resolve(path));
  return below.startsWith('..') || isAbsolute(below) ? basename(path) : below;
}

/** In the order of their names; a folder that cannot be read is a failure of its own. */
async function* below(root: string, place: string): AsyncGenerator<Found> {
  const folder = join(root, place);
  let entries: { name: string; isFolder: boolean }[];
  try {
    entries = (await readdir(folder, { withFileTypes: true }))
      .map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (cause) {
    const error = cliError('AUR_CLI_FILE', { path: folder, reason: (cause as Error).message }, { cause });
    yield { failure: { title: folder, error } };
    return;
  }
  for (const { name, isFolder } of entries) {
    const inside = join(place, name);
    if (isFolder) yield* below(root, inside);
    else if (isAudioName(name)) yield { recording: recordingAt(join(root, inside), inside) };
    else yield { passedOver: join(root, inside) };
  }
}

interface ListedLine {
  audio_filepath?: unknown;
  offset?: unknown;
  duration?: unknown;
}

/** Of a manifest only where its recordings are is read: it needs no texts, and a line that says nothing of that is a failure of its own. */
async function* listed(manifest: string): AsyncGenerator<Found> {
  for await (const { content, where } of readManifestLines(manifest)) {
    const line = parse(content);
    if (line === undefined || typeof line.audio_filepath !== 'string' || line.audio_filepath === '') {
      const error = cliError('AUR_CLI_LIST', { where, seen: content.slice(0, 80) });
      yield { failure: { title: where, error } };
      continue;
    }
    const { audio_filepath } = line;
    const offset = typeof line.offset === 'number' ? line.offset : undefined;
    // Without an offset the duration is that of the file, give or take its last samples.
    const duration = offset !== undefined && typeof line.duration === 'number' ? line.duration : undefined;
    const file = isAddress(audio_filepath) ? audio_filepath : resolvePath(manifest, { audio_filepath });
    const inTree = !isAbsolute(audio_filepath) && !audio_filepath.split(/[/\\]/).includes('..');
    const name = stemOf(inTree ? audio_filepath.split('/').join(sep) : basename(audio_filepath));
    const part = offset === undefined ? '' : `@${offset}`;
    yield { recording: { file, offset, duration, title: `${file}${part}`, name: `${name}${part}` } };
  }
}

function parse(content: string): ListedLine | undefined {
  try {
    const value: unknown = JSON.parse(content);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Formats are told apart, and lengths found, in files alone. */
async function spool(stdin: NodeJS.ReadableStream, found: Recordings): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'auricle-stdin-'));
  found.cleanUp = () => rm(folder, { recursive: true, force: true });
  const file = join(folder, 'stdin');
  await pipeline(stdin, createWriteStream(file, { mode: 0o600 }));
  found.recordings.push({ file, title: '-', name: 'stdin' });
}
