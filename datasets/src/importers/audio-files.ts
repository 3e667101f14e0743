/** A folder goes in, the audio files in it come out. */
import { readdir } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { datasetError } from '../errors.js';

/** Their bytes tell the format; the name only tells that it is audio. */
const EXTENSIONS = new Set(
  [
    'wav',
    'flac',
    'ogg',
    'oga',
    'opus',
    'webm',
    'mp3',
    'sph',
    'm4a',
    'mp4',
    'aac',
    'aif',
    'aiff',
    'amr',
    'au',
    'wma',
  ].map((name) => `.${name}`),
);

export const isAudioName = (path: string): boolean =>
  EXTENSIONS.has(extname(path).toLowerCase()) && !basename(path).startsWith('.');

/** The path without its extension. */
export const stemOf = (path: string): string => path.slice(0, path.length - extname(path).length);

/** Paths of everything under a folder, relative to it, sorted.
 *  @throws AUR_IMPORT_SOURCE */
export async function filesUnder(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder, { recursive: true })).sort();
  } catch (cause) {
    throw datasetError('AUR_IMPORT_SOURCE', { path: folder, reason: (cause as Error).message }, { cause });
  }
}
