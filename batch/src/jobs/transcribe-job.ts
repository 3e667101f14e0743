/** An engine and places go in; what runs a job comes out: its recording is fetched and transcribed, and its results are written, whole or not at all. */
import { AuricleError, audioInfo } from '@auricle/audio';
import type { CaptionRules } from '@auricle/decoding';
import {
  type Engine,
  extensionOf,
  type FileTranscript,
  formatTranscript,
  type TranscriptFormat,
  transcribe,
} from '@auricle/serving';
import type { Attempt, Run, Task } from '../queue/work-queue.js';
import { sourceName, type TranscriptionJob, type TranscriptionOutcome } from './job.js';
import { openSource, type SourceOptions } from './sources.js';

export interface TranscriberOptions extends SourceOptions {
  engine: Engine;
  formats: readonly TranscriptFormat[];
  /** of srt and vtt */
  captions?: CaptionRules;
  /** default mix */
  channels?: 'mix' | 'each';
  /** default 120 */
  cutSeconds?: number;
  /** default 1 */
  alternatives?: number;
  /** jobs under way at a time, which share the memory for pieces of long recordings */
  parallel: number;
  /** passes over jobs whose results are there */
  resume?: boolean;
}

const PIECE_BYTES = 128 * 2 ** 20;

/** However often a job is run, by however many workers: its results have the same names and the same content. */
export function transcriber(options: TranscriberOptions): Run<TranscriptionJob, TranscriptionOutcome> {
  const { results, formats, captions, resume } = options;
  return async ({ payload: job }, attempt) => {
    const begun = performance.now();
    const wallSeconds = () => (performance.now() - begun) / 1000;
    const names = formats.map((format) => ({ format, name: `${job.result}.${extensionOf(format)}` }));
    const wasThere = resume && (await Promise.all(names.map(({ name }) => results.has(name)))).every(Boolean);
    const file = await openSource(job.source, options, attempt.signal);
    try {
      if (wasThere) return { audioSeconds: await secondsOf(file.path), wallSeconds: wallSeconds(), wasThere };
      const transcript = await transcribeOne(file.path, job, attempt, options);
      for (const { format, name } of names)
        await results.write(name, formatTranscript(transcript, format, { file: sourceName(job.source), captions }));
      return { audioSeconds: transcript.audioSeconds, wallSeconds: wallSeconds() };
    } catch (error) {
      throw namingSource(error, file.path, sourceName(job.source));
    } finally {
      await file.release();
    }
  };
}

const secondsOf = async (path: string) => (await audioInfo(path).catch(() => undefined))?.duration ?? 0;

async function transcribeOne(
  file: string,
  job: TranscriptionJob,
  { signal, progress }: Attempt,
  { engine, parallel, cutSeconds, channels, alternatives }: TranscriberOptions,
): Promise<FileTranscript> {
  const { offset, duration } = job;
  const results = transcribe([{ file, offset, duration }], {
    engine,
    signal,
    cutSeconds,
    channels: job.channels ?? channels,
    alternatives: job.alternatives ?? alternatives,
    pieceBytes: PIECE_BYTES / parallel,
    onProgress: ({ done, total }) => progress(total > 0 ? done / total : 0),
  });
  for await (const { transcript, error } of results) {
    if (error) throw error;
    return transcript;
  }
  throw signal.reason;
}

/** Of a copy nobody knows where it lies. */
function namingSource(error: unknown, path: string, name: string): unknown {
  if (!(error instanceof AuricleError) || !error.message.includes(path)) return error;
  return new AuricleError(error.code, error.message.replaceAll(path, name), { cause: error });
}

/** What would fail the next time too: the recording itself, or where it is said to be. What a disk, a network or a full engine says may pass. */
export const isPermanentFailure = ({ code }: AuricleError): boolean =>
  (code.startsWith('AUR_AUDIO_') && code !== 'AUR_AUDIO_MISSING') ||
  code.startsWith('AUR_DECODING_') ||
  ['AUR_JOB_URL', 'AUR_JOB_SOURCE', 'AUR_JOB_REFUSED', 'AUR_JOB_TOO_LARGE'].includes(code);

export type TranscriptionTask = Task<TranscriptionJob>;
