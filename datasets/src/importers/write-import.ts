/** What an importer found goes in; a manifest, and a list of what could not be imported, come out. */
import { rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { pMapIterable } from 'p-map';
import { datasetError } from '../errors.js';
import { relativeTo, type Utterance } from '../manifest.js';
import { writeLines } from '../text-lines.js';
import { type AudioThreads, startAudioThreads } from '../validate/audio-threads.js';
import { type Reason, reason, type Tally, tally } from '../validate/reason.js';

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
  /** that measure durations (default: as many as there are cores) */
  threads?: number;
  onProgress?: (entries: number) => void;
}

/** Writes the manifest, with paths relative to it and durations from the audio where the source told none. What cannot be imported, a file that
 *  does not decode among it, goes with its reason into `<name>.quarantine.jsonl` beside it.
 *  @param source names the corpus in errors
 *  @throws AUR_IMPORT_NOTHING when no utterance is left, AUR_MANIFEST_WRITE, and what the importer throws */
export async function writeImport(
  imported: Imported,
  source: string,
  manifestPath: string,
  options: ImportOptions = {},
): Promise<ImportReport> {
  const { threads = availableParallelism(), onProgress } = options;
  const quarantinePath = `${manifestPath.replace(/\.jsonl?$/, '')}.quarantine.jsonl`;
  const report: ImportReport = { utterances: 0, seconds: 0, refused: 0, reasons: {} };
  const audio = startAudioThreads(threads);
  try {
    const entries = pMapIterable(imported, (entry) => measured(entry, audio), { concurrency: 4 * threads });
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
  } finally {
    await audio.close();
  }
  if (report.refused === 0) await rm(quarantinePath);
  else report.quarantinePath = quarantinePath;
  return report;
}

interface Measured {
  draft: Draft;
  duration: number;
}

async function measured(entry: { draft: Draft } | Refused, audio: AudioThreads): Promise<Measured | Refused> {
  if ('refusal' in entry) return entry;
  const { draft } = entry;
  const { audio_filepath, duration, offset = 0 } = draft;
  if (duration !== undefined) return { draft, duration };
  const answer = await audio.inspect({ manifestPath: audio_filepath, recording: { audio_filepath, duration: 1 } });
  if ('reason' in answer) return { refusal: { where: audio_filepath, ...answer.reason } };
  const { seconds } = answer.facts;
  if (offset < seconds) return { draft, duration: Math.round((seconds - offset) * 1e4) / 1e4 };
  const details = { source: audio_filepath, from: offset, to: offset, duration: seconds };
  return refused(audio_filepath, 'AUR_MANIFEST_SEGMENT', details);
}

function nothing(source: string, { refused, reasons }: ImportReport) {
  const [[code, { messages }] = ['none', { messages: ['it has no entry'] }]] = Object.entries(reasons);
  return datasetError('AUR_IMPORT_NOTHING', { source, count: refused, code, message: messages[0] });
}
