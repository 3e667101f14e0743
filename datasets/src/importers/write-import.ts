/** What an importer found goes in; a manifest, and a list of what could not be imported, come out. */
import { rm } from 'node:fs/promises';
import { pMapIterable } from 'p-map';
import { datasetError } from '../errors.js';
import { fileSeconds } from '../file-seconds.js';
import { relativeTo, type Utterance } from '../manifest.js';
import { writeLines } from '../text-lines.js';
import { type Reason, reason, reasonOf, type Tally, tally } from '../validate/reason.js';

/** An utterance of a corpus that is being imported. */
export interface Draft extends Partial<Utterance> {
  /** absolute */
  audio_filepath: string;
  text: string;
}

/** An entry that cannot become an utterance. */
export interface Refusal extends Reason {
  /** `file:line`, or the file */
  where: string;
}

export interface Refused {
  refusal: Refusal;
}

/** What an importer yields, in the order of its source. */
export type Imported = AsyncGenerator<{ draft: Draft } | Refused>;

export const refused = (where: string, ...about: Parameters<typeof reason>): Refused => ({
  refusal: { where, ...reason(...about) },
});

export interface ImportReport {
  utterances: number;
  /** seconds */
  seconds: number;
  refused: number;
  /** by code */
  reasons: Record<string, Tally>;
  /** JSON lines of `Refusal`s; absent when there is none */
  quarantinePath?: string;
}

export interface ImportOptions {
  onProgress?: (entries: number) => void;
}

/** That are being looked at. */
const FILES_AT_A_TIME = 16;

/** Writes the manifest, with paths relative to it and durations from the audio files' headers where the source told none. What cannot be imported, a file
 *  that cannot be read among it, goes with its reason into `<name>.quarantine.jsonl` beside it. Nothing is decoded: that is for validation.
 *  @param source names the corpus in errors
 *  @throws AUR_IMPORT_NOTHING when no utterance is left, AUR_MANIFEST_WRITE, and what the importer throws */
export async function writeImport(
  imported: Imported,
  source: string,
  manifestPath: string,
  options: ImportOptions = {},
): Promise<ImportReport> {
  const { onProgress } = options;
  const quarantinePath = `${manifestPath.replace(/\.jsonl?$/, '')}.quarantine.jsonl`;
  const report: ImportReport = { utterances: 0, seconds: 0, refused: 0, reasons: {} };
  const secondsOf = fileSeconds();
  const entries = pMapIterable(imported, (entry) => measured(entry, secondsOf), { concurrency: FILES_AT_A_TIME });
  await writeLines([manifestPath, quarantinePath], async ([manifest, quarantine]) => {
    for await (const entry of entries) {
      if ('refusal' in entry) {
        report.refused++;
        tally(report.reasons, [entry.refusal]);
        await quarantine.write(JSON.stringify(entry.refusal));
      } else {
        const { draft, duration } = entry;
        report.utterances++;
        report.seconds += duration;
        const audio_filepath = relativeTo(manifestPath, draft.audio_filepath);
        await manifest.write(JSON.stringify({ ...draft, audio_filepath, duration }));
      }
      onProgress?.(report.utterances + report.refused);
    }
    if (report.utterances === 0) throw nothing(source, report);
  });
  if (report.refused === 0) await rm(quarantinePath);
  else report.quarantinePath = quarantinePath;
  return report;
}

interface Measured {
  draft: Draft;
  duration: number;
}

async function measured(
  entry: { draft: Draft } | Refused,
  secondsOf: (path: string) => Promise<number>,
): Promise<Measured | Refused> {
  if ('refusal' in entry) return entry;
  const { draft } = entry;
  const { audio_filepath, duration, offset = 0 } = draft;
  if (duration !== undefined) return { draft, duration };
  const seconds = await secondsOf(audio_filepath).catch((error: unknown) => reasonOf(error, audio_filepath));
  if (typeof seconds !== 'number') return { refusal: { where: audio_filepath, ...seconds } };
  if (offset < seconds) return { draft, duration: Math.round((seconds - offset) * 1e4) / 1e4 };
  const details = { source: audio_filepath, from: offset, to: offset, duration: seconds };
  return refused(audio_filepath, 'AUR_MANIFEST_SEGMENT', details);
}

function nothing(source: string, { refused, reasons }: ImportReport) {
  const [[code, { messages }] = ['none', { messages: ['it has no entry'] }]] = Object.entries(reasons);
  return datasetError('AUR_IMPORT_NOTHING', { source, count: refused, code, message: messages[0] });
}
