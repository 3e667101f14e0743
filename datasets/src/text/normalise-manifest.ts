/** A manifest goes in, a manifest of normalised texts comes out, and what could not be normalised beside it. */
import { rm } from 'node:fs/promises';
import { parseManifestLine, readManifestLines, relativeTo, relocate, type Utterance } from '../manifest.js';
import { writeLines } from '../text-lines.js';
import type { QuarantineRecord } from '../validate/part-manifest.js';
import { type Reason, reason, reasonOf, type Tally, tally } from '../validate/reason.js';
import { rulesOf } from './language-rules.js';
import { type Digits, normaliseText } from './normalise.js';

export interface NormaliseOptions {
  /** BCP 47 */
  language: string;
  digits?: Digits;
}

/** Of a text in a reason against it (code units). */
const LONGEST_SHOWN = 200;

export interface NormaliseReport {
  utterances: number;
  /** of them, whose text is another now */
  changed: number;
  quarantined: number;
  /** by code */
  reasons: Record<string, Tally>;
  /** characters that no rule covers, and in how many texts */
  unknown: Record<string, number>;
  /** JSON lines of `QuarantineRecord`s; absent when there is none */
  quarantinePath?: string;
}

/** The text as it was stays under `text_original`, also when it is normalised a second time. Lines that are no utterance, have characters that no
 *  rule covers or lose all their text go into `<name>.quarantine.jsonl` beside `outPath`; a text that is empty already says that nothing is said.
 *  @throws AUR_TEXT_LANGUAGE, AUR_MANIFEST_MISSING, AUR_MANIFEST_LINE_LENGTH, AUR_MANIFEST_WRITE; a bad line never throws */
export async function normaliseManifest(
  path: string,
  outPath: string,
  { language, digits }: NormaliseOptions,
): Promise<NormaliseReport> {
  const rules = rulesOf(language);
  const quarantinePath = `${outPath.replace(/\.jsonl?$/, '')}.quarantine.jsonl`;
  const report: NormaliseReport = { utterances: 0, changed: 0, quarantined: 0, reasons: {}, unknown: {} };
  await writeLines([outPath, quarantinePath], async ([manifest, quarantine]) => {
    for await (const { line, content, where } of readManifestLines(path)) {
      const start = { source: relativeTo(quarantinePath, path), line };
      const refuse = (reasons: Reason[], rest: Pick<QuarantineRecord, 'recording' | 'content'>) => {
        report.quarantined++;
        tally(report.reasons, reasons);
        return quarantine.write(JSON.stringify({ ...start, reasons, ...rest } satisfies QuarantineRecord));
      };
      let utterance: Utterance;
      try {
        utterance = relocate(parseManifestLine(content, where), path, outPath);
      } catch (error) {
        await refuse([reasonOf(error, where)], { content });
        continue;
      }
      const { text, unknown } = normaliseText(utterance.text, rules, { digits });
      for (const character of unknown) report.unknown[character] = (report.unknown[character] ?? 0) + 1;
      const reasons = reasonsAgainst(utterance.text, text, unknown, language, where);
      if (reasons.length > 0) {
        await refuse(reasons, { recording: utterance });
        continue;
      }
      report.utterances++;
      if (text !== utterance.text) report.changed++;
      const text_original = utterance.text_original ?? utterance.text;
      await manifest.write(JSON.stringify({ ...utterance, text, text_original }));
    }
  });
  if (report.quarantined === 0) await rm(quarantinePath);
  else report.quarantinePath = quarantinePath;
  return report;
}

function reasonsAgainst(written: string, text: string, unknown: string[], language: string, where: string): Reason[] {
  const shown = written.length > LONGEST_SHOWN ? `${written.slice(0, LONGEST_SHOWN)}…` : written;
  if (unknown.length > 0) {
    const characters = unknown.map((character) => `${JSON.stringify(character)} ${codePoint(character)}`).join(', ');
    return [reason('AUR_TEXT_UNKNOWN', { where, characters, language, text: shown })];
  }
  if (text === '' && written.trim() !== '') return [reason('AUR_TEXT_EMPTY', { where, text: shown })];
  return [];
}

/** As Unicode writes it: U+2603. */
export const codePoint = (character: string): string =>
  `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`;
