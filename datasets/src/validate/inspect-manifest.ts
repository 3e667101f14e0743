/** A manifest goes in, what its lines tell by themselves comes out: findings in a file, and columns in which lines are compared with each other. */
import { pMapIterable } from 'p-map';
import { parseRecordingLine, type Recording, readManifestLines, resolvePath } from '../manifest.js';
import { Column } from '../statistics/column.js';
import { type TextLine, writeLines } from '../text-lines.js';
import type { AudioThreads } from './audio-threads.js';
import { checkAudio, checkText, type EncodeText, type Findings } from './line-checks.js';
import { reasonOf } from './reason.js';
import { hash64, hashColumn, NO_HASH } from './repeats.js';

/** One element for each line that is not blank; of lines with reasons against them only `lines` is filled. */
export class LineColumns {
  /** from 1 */
  readonly lines = new Column((length) => new Uint32Array(length));
  /** seconds, 0 if unknown */
  readonly durations = new Column((length) => new Float32Array(length));
  /** ln(characters a second), NaN without text */
  readonly rates = new Column((length) => new Float32Array(length));
  readonly ids = hashColumn();
  /** of the decoded audio, else of where it is */
  readonly audio = hashColumn();
  readonly speakers = hashColumn();
}

export interface LineFindings extends Findings {
  /** from 1 */
  line: number;
}

export interface InspectionOptions {
  /** without them nothing is decoded, and durations are taken as the lines say */
  audio?: AudioThreads;
  encode?: EncodeText;
  /** lines in work at a time */
  parallel: number;
  onLine(line: TextLine, findings: Findings): void;
}

/** Checks every line; a bad one never throws.
 *  @param findingsPath becomes JSON lines of `LineFindings`, of those lines alone that have any
 *  @throws AUR_MANIFEST_MISSING, AUR_MANIFEST_LINE_LENGTH, AUR_MANIFEST_WRITE */
export async function inspectManifest(
  path: string,
  findingsPath: string,
  options: InspectionOptions,
): Promise<LineColumns> {
  const columns = new LineColumns();
  const inspected = pMapIterable(readManifestLines(path), (line) => inspectLine(path, line, options), {
    concurrency: options.parallel,
  });
  await writeLines([findingsPath], async ([file]) => {
    for await (const { line, recording, findings, audio } of inspected) {
      const { reasons, warnings } = findings;
      push(columns, line, reasons.length === 0 ? recording : undefined, audio);
      if (reasons.length > 0 || warnings.length > 0)
        await file.write(JSON.stringify({ line: line.line, reasons, warnings } satisfies LineFindings));
      options.onLine(line, findings);
    }
  });
  return columns;
}

interface InspectedLine {
  line: TextLine;
  /** absent when the line itself is bad */
  recording?: Recording;
  findings: Findings;
  audio: bigint;
}

async function inspectLine(path: string, line: TextLine, options: InspectionOptions): Promise<InspectedLine> {
  let recording: Recording;
  try {
    recording = parseRecordingLine(line.content, line.where);
  } catch (error) {
    return { line, findings: { reasons: [reasonOf(error, line.where)], warnings: [] }, audio: NO_HASH };
  }
  const findings: Findings = { reasons: [], warnings: [] };
  const add = ({ reasons, warnings }: Findings) => {
    findings.reasons.push(...reasons);
    findings.warnings.push(...warnings);
  };
  let seconds = recording.duration;
  let audio: bigint;
  if (options.audio) {
    const answer = await options.audio.inspect({ manifestPath: path, recording });
    if ('reason' in answer) {
      add({ reasons: [answer.reason], warnings: [] });
      audio = NO_HASH;
    } else {
      add(checkAudio(path, recording, answer.facts));
      ({ seconds, hash: audio } = answer.facts);
    }
  } else {
    audio = hash64(JSON.stringify([resolvePath(path, recording), recording.offset ?? 0, recording.duration]));
  }
  if (recording.text !== undefined) add(checkText(recording.text, seconds, line.where, options.encode));
  return { line, recording, findings, audio };
}

function push(columns: LineColumns, { line }: TextLine, recording: Recording | undefined, audio: bigint): void {
  const { id, speaker }: Partial<Recording> = recording ?? {};
  columns.lines.push(line);
  columns.durations.push(recording?.duration ?? 0);
  columns.rates.push(recording ? logRate(recording) : Number.NaN);
  columns.ids.push(typeof id === 'string' || typeof id === 'number' ? hash64(String(id)) : NO_HASH);
  columns.audio.push(recording ? audio : NO_HASH);
  columns.speakers.push(speaker === undefined ? NO_HASH : hash64(speaker));
}

/** Rates are compared by their logarithms: twice as fast is as far off as half as fast. */
function logRate({ text = '', duration }: Recording): number {
  const characters = Array.from(text.replace(/\s+/gu, '')).length;
  return characters === 0 ? Number.NaN : Math.log(characters / duration);
}
