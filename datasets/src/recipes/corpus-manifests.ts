/** What a corpus says of its recordings goes in, a manifest for every split comes out, and what is of no use with the reason against it. */
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { AuricleError } from '@auricle/audio';
import { datasetError } from '../errors.js';
import { fileSeconds } from '../file-seconds.js';
import { relativeTo } from '../manifest.js';
import { writeLines } from '../text-lines.js';
import { type Reason, reasonOf } from '../validate/reason.js';
import { isThere } from './file-tree.js';

/** What a manifest says of a recording besides its place. */
export interface EntryFields {
  text?: string;
  /** of a recording in which nothing is said */
  label?: string;
  speaker?: string;
  lang?: string;
  /** of a segment of the file (seconds) */
  offset?: number;
  duration?: number;
  [key: string]: unknown;
}

/** A recording or a segment of one, as its corpus describes it. */
export interface CorpusEntry {
  /** names the manifest */
  split: string;
  /** of the audio file */
  path: string;
  fields: EntryFields;
  /** of the whole file, where the corpus tells it (seconds); it is not read then */
  fileSeconds?: number;
}

/** What is known to be of no use before its audio is looked at. */
export interface DefectiveEntry extends Partial<CorpusEntry> {
  split: string;
  defect: AuricleError;
}

/** What became of the entries of each split. */
export type PreparedCorpus = Record<string, PreparedSplit>;

export interface PreparedSplit {
  /** utterances (or noises) in `<split>.jsonl` */
  entries: number;
  /** those in no manifest, each with its reason in `<split>.quarantine.jsonl`, which is there if they are */
  quarantined: number;
}

/** Writes `<split>.jsonl` into `outDir` for every split, and `<split>.quarantine.jsonl` where there is reason to.
 *  @param source where the entries come from and what was looked for there, for errors
 *  @throws AUR_RECIPE_NO_FILES when there is no entry, AUR_IMPORT_NOTHING when none is of use; nothing is written then */
export async function writeCorpus(
  outDir: string,
  splits: readonly string[],
  entries: AsyncIterable<CorpusEntry | DefectiveEntry>,
  source: { folder: string; expected: string },
): Promise<PreparedCorpus> {
  const prepared: PreparedCorpus = Object.fromEntries(splits.map((name) => [name, { entries: 0, quarantined: 0 }]));
  const manifestOf = (split: string) => join(outDir, `${split}.jsonl`);
  const quarantineOf = (split: string) => join(outDir, `${split}.quarantine.jsonl`);
  let first: Reason | undefined;
  await writeLines([...splits.map(manifestOf), ...splits.map(quarantineOf)], async (files) => {
    const secondsOf = fileSeconds();
    for await (const entry of entries) {
      const { split, path, fields } = entry;
      const at = splits.indexOf(split);
      const recording = {
        ...(path !== undefined && { audio_filepath: relativeTo(manifestOf(split), path) }),
        ...fields,
      };
      const duration = await usableSeconds(entry, secondsOf).catch((error) => reasonOf(error, path ?? source.folder));
      if (typeof duration === 'number') {
        prepared[split].entries++;
        await files[at].write(JSON.stringify({ ...recording, duration }));
      } else {
        first ??= duration;
        prepared[split].quarantined++;
        await files[splits.length + at].write(JSON.stringify({ ...duration, recording }));
      }
    }
    if (Object.values(prepared).some((split) => split.entries > 0)) return;
    if (!first) throw datasetError('AUR_RECIPE_NO_FILES', source);
    const count = Object.values(prepared).reduce((sum, { quarantined }) => sum + quarantined, 0);
    throw datasetError('AUR_IMPORT_NOTHING', { source: source.folder, count, ...first });
  });
  for (const split of splits) if (prepared[split].quarantined === 0) await rm(quarantineOf(split));
  return prepared;
}

/** Times in lists are rounded: a segment may end so much after its file (seconds), as for `loadPcm`. */
const TOLERANCE = 0.1;

/** The entry's duration, rounded to a tenth of a millisecond; throws the reason against an entry that is of no use. */
async function usableSeconds(
  entry: CorpusEntry | DefectiveEntry,
  secondsOf: (path: string) => Promise<number>,
): Promise<number> {
  if ('defect' in entry) throw entry.defect;
  const { path, fields, fileSeconds: told } = entry;
  if (fields.text === undefined && fields.label === undefined)
    throw datasetError('AUR_IMPORT_NO_TEXT', { where: path, expected: 'the lists of its corpus' });
  if (fields.text?.trim() === '') throw datasetError('AUR_VALIDATE_EMPTY_TEXT', { where: path });
  if (told !== undefined && !(await isThere(path)))
    throw datasetError('AUR_IMPORT_NO_AUDIO', { where: path, expected: dirname(path) });
  const seconds = told ?? (await secondsOf(path));
  const { offset: from = 0, duration = seconds } = fields;
  if (from >= seconds || from + duration > seconds + TOLERANCE)
    throw datasetError('AUR_MANIFEST_SEGMENT', { source: path, from, to: from + duration, duration: seconds });
  const rounded = Math.round(duration * 1e4) / 1e4;
  if (!(rounded > 0))
    throw datasetError('AUR_MANIFEST_UNREADABLE', { source: path, reason: `it is ${duration} s long` });
  return rounded;
}
