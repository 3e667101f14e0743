/** A manifest and what was found in it go in, its sound and its quarantined lines come out, in files and counted by reason. */
import { join } from 'node:path';
import { datasetError } from '../errors.js';
import { parseRecordingLine, type Recording, readManifestLines, relativeTo, relocate } from '../manifest.js';
import { type LineWriter, readLines, type TextLine, writeLines } from '../text-lines.js';
import type { ComparedManifest, Comparison } from './compare-lines.js';
import type { LineFindings } from './inspect-manifest.js';
import type { Findings } from './line-checks.js';
import { type Reason, type Tally, tally } from './reason.js';

/** A line of `quarantine.jsonl` or `warnings.jsonl`. */
export interface QuarantineRecord {
  /** where it came from, relative to this file */
  source: string;
  /** from 1 */
  line: number;
  reasons: Reason[];
  /** as it stands in the manifest but for its paths, which are relative to this file */
  recording?: Recording;
  /** the line itself, where it is no recording */
  content?: string;
}

export interface ManifestReport {
  path: string;
  split: string;
  lines: number;
  clean: number;
  /** of the clean lines */
  seconds: number;
  quarantined: number;
  /** by code; a line with several reasons counts in each */
  reasons: Record<string, Tally>;
  /** of the clean lines, by code */
  warnings: Record<string, Tally>;
}

/** @param number of the manifest in the comparison
 *  @param folder for the three files; without it the lines are only counted
 *  @throws AUR_VALIDATE_CHANGED, AUR_MANIFEST_WRITE */
export async function partManifest(
  manifest: ComparedManifest,
  number: number,
  comparison: Comparison,
  folder: string | undefined,
): Promise<ManifestReport> {
  if (folder === undefined) return part(manifest, number, comparison, undefined);
  const paths = ['clean', 'quarantine', 'warnings'].map((name) => join(folder, `${name}.jsonl`));
  return writeLines(paths, ([clean, quarantine, warnings]) =>
    part(manifest, number, comparison, { path: paths[0], clean, quarantine, warnings }),
  );
}

interface Files {
  /** of one of them: all are in one folder */
  path: string;
  clean: LineWriter;
  quarantine: LineWriter;
  warnings: LineWriter;
}

async function part(
  { path, split, findingsPath, columns }: ComparedManifest,
  number: number,
  comparison: Comparison,
  files: Files | undefined,
): Promise<ManifestReport> {
  const report: ManifestReport = {
    ...{ path, split, lines: 0, clean: 0, seconds: 0, quarantined: 0 },
    ...{ reasons: {}, warnings: {} },
  };
  const known = readLines(findingsPath);
  let next = await nextFindings(known);
  let index = 0;
  for await (const line of readManifestLines(path)) {
    if (columns.lines.at(index) !== line.line) throw changed(path, index + 1, columns.lines.length);
    const findings = comparison.findings(number, index, () => JSON.parse(line.content));
    if (next?.line === line.line) {
      findings.reasons.unshift(...next.reasons);
      findings.warnings.unshift(...next.warnings);
      next = await nextFindings(known);
    }
    count(report, findings, columns.durations.at(index));
    if (files) await write(files, path, line, findings);
    index++;
  }
  if (index !== columns.lines.length) throw changed(path, index, columns.lines.length);
  return report;
}

async function nextFindings(lines: AsyncGenerator<TextLine>): Promise<LineFindings | undefined> {
  const { done, value } = await lines.next();
  return done ? undefined : (JSON.parse(value.content) as LineFindings);
}

const changed = (path: string, seen: number, expected: number) =>
  datasetError('AUR_VALIDATE_CHANGED', { path, seen, expected });

function count(report: ManifestReport, { reasons, warnings }: Findings, duration: number): void {
  report.lines++;
  tally(report.reasons, reasons);
  if (reasons.length > 0) {
    report.quarantined++;
    return;
  }
  report.clean++;
  report.seconds += duration;
  tally(report.warnings, warnings);
}

async function write(files: Files, path: string, line: TextLine, { reasons, warnings }: Findings): Promise<void> {
  if (reasons.length === 0) await files.clean.write(JSON.stringify(moved(line, path, files.path)));
  if (reasons.length > 0) await files.quarantine.write(JSON.stringify(record(files.path, path, line, reasons)));
  else if (warnings.length > 0) await files.warnings.write(JSON.stringify(record(files.path, path, line, warnings)));
}

const moved = ({ content }: TextLine, from: string, to: string) => relocate(JSON.parse(content) as Recording, from, to);

function record(target: string, path: string, line: TextLine, reasons: Reason[]): QuarantineRecord {
  const start = { source: relativeTo(target, path), line: line.line, reasons };
  try {
    return { ...start, recording: relocate(parseRecordingLine(line.content, line.where), path, target) };
  } catch {
    return { ...start, content: line.content };
  }
}
