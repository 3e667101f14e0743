/** NeMo's JSON-lines manifests go in, checked utterances come out, and back. */
import { open, readFile, rename } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { datasetError } from './errors.js';

const utteranceSchema = z
  .looseObject({
    audio_filepath: z.string().min(1).optional(),
    features_filepath: z.string().min(1).optional(),
    /** seconds */
    duration: z.number().nonnegative(),
    text: z.string(),
    /** seconds into the file */
    offset: z.number().nonnegative().optional(),
    speaker: z.string().optional(),
    lang: z.string().optional(),
  })
  .refine((u) => u.audio_filepath !== undefined || u.features_filepath !== undefined, {
    path: ['audio_filepath'],
    error: 'expected a path (or features_filepath)',
  });

/** One line of a manifest; keys that we do not know survive a round trip. */
export type Utterance = z.infer<typeof utteranceSchema>;

/** @param where names file and line in errors
 *  @throws AUR_MANIFEST_JSON, AUR_MANIFEST_FIELD naming the field and the value seen */
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
    const seen = path.length > 0 ? (value as Record<PropertyKey, unknown> | null)?.[path[0]] : value;
    return `${path.join('.') || 'line'}: ${message} (seen: ${JSON.stringify(seen)})`;
  });
  throw datasetError('AUR_MANIFEST_FIELD', { where, problems: problems.join('; ') });
}

async function manifestLines(path: string): Promise<{ line: string; where: string }[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw datasetError('AUR_MANIFEST_MISSING', { path, reason: (cause as Error).message }, { cause });
  }
  return text
    .split('\n')
    .map((line, i) => ({ line, where: `${path}:${i + 1}` }))
    .filter(({ line }) => line.trim() !== '');
}

/** @throws AUR_MANIFEST_MISSING, AUR_MANIFEST_JSON, AUR_MANIFEST_FIELD naming file and line of the first bad one */
export async function readManifest(path: string): Promise<Utterance[]> {
  return (await manifestLines(path)).map(({ line, where }) => parseManifestLine(line, where));
}

/** Writes a manifest atomically. */
export async function writeManifest(path: string, utterances: Iterable<Utterance>): Promise<void> {
  const partial = `${path}.${process.pid}.partial`;
  const file = await open(partial, 'w');
  try {
    for (const utterance of utterances) await file.write(`${JSON.stringify(utterance)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(partial, path);
}

/** The utterance's audio or features; relative paths are relative to the manifest. */
export const filePath = (manifest: string, utterance: Utterance): string =>
  resolve(dirname(manifest), (utterance.audio_filepath ?? utterance.features_filepath)!);

export interface Quarantined {
  where: string;
  code: string;
  reason: string;
}

/** Checks every line and what it names; never stops at a bad one.
 *  @param load reads the utterance's audio or features and throws a coded error when it cannot */
export async function checkManifest(
  path: string,
  load: (manifest: string, utterance: Utterance) => Promise<unknown>,
): Promise<{ good: Utterance[]; quarantined: Quarantined[] }> {
  const good: Utterance[] = [];
  const quarantined: Quarantined[] = [];
  for (const { line, where } of await manifestLines(path)) {
    try {
      const utterance = parseManifestLine(line, where);
      await load(path, utterance);
      good.push(utterance);
    } catch (error) {
      const { code, message } = error as Error & { code?: string };
      if (!code?.startsWith('AUR_')) throw error;
      quarantined.push({ where, code, reason: message });
    }
  }
  return { good, quarantined };
}
