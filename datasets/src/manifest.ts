/** NeMo's JSON-lines manifests go in, checked utterances come out, and back. */
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { z } from 'zod';
import { datasetError } from './errors.js';
import { readLines, type TextLine, writeLines } from './text-lines.js';

// zod gives the known keys in this order.
const file = {
  audio_filepath: z.string().min(1).optional(),
  features_filepath: z.string().min(1).optional(),
  /** seconds */
  duration: z.number().positive(),
};
const about = {
  /** where the utterance starts in its file (seconds) */
  offset: z.number().nonnegative().optional(),
  speaker: z.string().optional(),
  lang: z.string().optional(),
};

const namesAFile = (line: Paths) => line.audio_filepath !== undefined || line.features_filepath !== undefined;
const NO_FILE = { path: ['audio_filepath'], error: 'expected a path here or in features_filepath' };

const utteranceSchema = z.looseObject({ ...file, text: z.string(), ...about }).refine(namesAFile, NO_FILE);

const recordingSchema = z
  .looseObject({ ...file, text: z.string().optional(), label: z.string().optional(), ...about })
  .refine(namesAFile, NO_FILE)
  .refine(({ text, label }) => text !== undefined || label !== undefined, {
    path: ['text'],
    error: 'expected string, or a label in the place of text where nothing is said',
  });

/** One line of a manifest. Keys that we do not know survive a round trip. */
export type Utterance = z.infer<typeof utteranceSchema>;

/** An utterance, or a noise that has a label in the place of its text. */
export type Recording = z.infer<typeof recordingSchema>;

interface Paths {
  audio_filepath?: string;
  features_filepath?: string;
  [key: string]: unknown;
}

const shortened = (text: string) => (text.length > 80 ? `${text.slice(0, 80)}…` : text);

function parseLine<T>(schema: z.ZodType<T>, line: string, where: string): T {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw datasetError('AUR_MANIFEST_JSON', { where, reason: (cause as Error).message }, { cause });
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => {
    const seen = path.length > 0 ? (value as Record<PropertyKey, unknown>)[path[0]] : value;
    return `${path.join('.') || 'line'}: ${message} (seen: ${shortened(JSON.stringify(seen) ?? 'nothing')})`;
  });
  throw datasetError('AUR_MANIFEST_FIELD', { where, problems: problems.join('; ') });
}

/** @param where names file and line in errors
 *  @throws AUR_MANIFEST_JSON, AUR_MANIFEST_FIELD naming every bad field, what was expected and the value seen */
export const parseManifestLine = (line: string, where: string): Utterance => parseLine(utteranceSchema, line, where);

/** As `parseManifestLine`, for manifests of noises too. */
export const parseRecordingLine = (line: string, where: string): Recording => parseLine(recordingSchema, line, where);

/** The lines of a manifest that are not blank, one at a time: a manifest may be larger than the memory.
 *  @throws AUR_MANIFEST_MISSING, AUR_MANIFEST_LINE_LENGTH */
export const readManifestLines = (path: string): AsyncGenerator<TextLine> => readLines(path);

/** Utterances and noises, one at a time.
 *  @throws as `readManifest` */
export async function* readRecordings(path: string): AsyncGenerator<Recording> {
  for await (const { content, where } of readManifestLines(path)) yield parseRecordingLine(content, where);
}

/** @throws AUR_MANIFEST_MISSING, AUR_MANIFEST_JSON, AUR_MANIFEST_FIELD naming file and line of the first bad one */
export async function readManifest(path: string): Promise<Utterance[]> {
  const utterances: Utterance[] = [];
  for await (const { content, where } of readManifestLines(path)) utterances.push(parseManifestLine(content, where));
  return utterances;
}

/** Writes beside `path` and renames, so that a manifest is there whole or not at all.
 *  @throws AUR_MANIFEST_WRITE, and whatever the source throws */
export const writeManifest = (
  path: string,
  recordings: Iterable<Recording> | AsyncIterable<Recording>,
): Promise<void> =>
  writeLines([path], async ([manifest]) => {
    for await (const recording of recordings) await manifest.write(JSON.stringify(recording));
  });

/** Where the utterance's audio is, or its features if it has no audio; relative paths are relative to the manifest. */
export const resolvePath = (manifestPath: string, { audio_filepath, features_filepath }: Paths): string =>
  resolve(dirname(manifestPath), (audio_filepath ?? features_filepath)!);

/** The recording as a line of another manifest: relative paths are made relative to that one. */
export function relocate<T extends Paths>(recording: T, from: string, to: string): T {
  const moved = { ...recording };
  for (const key of ['audio_filepath', 'features_filepath'] as const) {
    const path = moved[key];
    if (path !== undefined && !isAbsolute(path)) moved[key] = relativeTo(to, resolve(dirname(from), path));
  }
  return moved;
}

/** A file's path as a manifest says it. */
export const relativeTo = (manifestPath: string, file: string): string =>
  relative(dirname(resolve(manifestPath)), resolve(file))
    .split(sep)
    .join('/');
