/** NeMo's JSON-lines manifests go in, checked utterances come out, and back. */
import { open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { datasetError } from './errors.js';

const utteranceSchema = z
  .looseObject({
    audio_filepath: z.string().min(1).optional(),
    features_filepath: z.string().min(1).optional(),
    /** seconds */
    duration: z.number().positive(),
    text: z.string(),
    /** where the utterance starts in its file (seconds) */
    offset: z.number().nonnegative().optional(),
    speaker: z.string().optional(),
    lang: z.string().optional(),
  })
  .refine((utterance) => utterance.audio_filepath !== undefined || utterance.features_filepath !== undefined, {
    path: ['audio_filepath'],
    error: 'expected a path here or in features_filepath',
  });

/** One line of a manifest. Keys that we do not know survive a round trip. */
export type Utterance = z.infer<typeof utteranceSchema>;

const shortened = (text: string) => (text.length > 80 ? `${text.slice(0, 80)}…` : text);

/** @param where names file and line in errors
 *  @throws AUR_MANIFEST_JSON, AUR_MANIFEST_FIELD naming every bad field, what was expected and the value seen */
export function parseManifestLine(line: string, where: string): Utterance {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw datasetError('AUR_MANIFEST_JSON', { where, reason: (cause as Error).message }, { cause });
  }
  const result = utteranceSchema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => {
    const seen = path.length > 0 ? (value as Record<PropertyKey, unknown>)[path[0]] : value;
    return `${path.join('.') || 'line'}: ${message} (seen: ${shortened(JSON.stringify(seen) ?? 'nothing')})`;
  });
  throw datasetError('AUR_MANIFEST_FIELD', { where, problems: problems.join('; ') });
}

export interface ManifestLine {
  /** from 1 */
  line: number;
  content: string;
  /** `file:line` */
  where: string;
}

/** The lines of a manifest that are not blank.
 *  @throws AUR_MANIFEST_MISSING */
export async function readManifestLines(path: string): Promise<ManifestLine[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw datasetError('AUR_MANIFEST_MISSING', { path, reason: (cause as Error).message }, { cause });
  }
  return text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .map((content, i) => ({ line: i + 1, content, where: `${path}:${i + 1}` }))
    .filter(({ content }) => content.trim() !== '');
}

/** @throws AUR_MANIFEST_MISSING, AUR_MANIFEST_JSON, AUR_MANIFEST_FIELD naming file and line of the first bad one */
export async function readManifest(path: string): Promise<Utterance[]> {
  return (await readManifestLines(path)).map(({ content, where }) => parseManifestLine(content, where));
}

/** Writes beside `path` and renames, so that a manifest is there whole or not at all. */
export async function writeManifest(path: string, utterances: Iterable<Utterance>): Promise<void> {
  const partial = `${path}.${process.pid}.partial`;
  try {
    const file = await open(partial, 'w');
    try {
      await file.writeFile(Array.from(utterances, (utterance) => `${JSON.stringify(utterance)}\n`).join(''));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

/** Where the utterance's audio is, or its features if it has no audio; relative paths are relative to the manifest. */
export const resolvePath = (manifestPath: string, utterance: Utterance): string =>
  resolve(dirname(manifestPath), (utterance.audio_filepath ?? utterance.features_filepath)!);
