/** Scored utterances go in, a report comes out: as lines for people and as an object for machines. */
import { writeLines } from '@auricle/datasets';
import {
  alignmentLines,
  type ErrorRate,
  groupScores,
  type Interval,
  type Score,
  type ScoreIntervals,
  scoreIntervals,
  scoreOf,
  scoresByLength,
  type UtteranceScore,
} from '@auricle/decoding';
import { bootstrapOf, type ListingOptions, type ScoringOptions } from './options.js';
import type { ScoredTexts } from './score-texts.js';
import { percent, tableLines } from './table.js';

const NO_SPEAKER = '(no speaker)';
/** Columns of the alignment listing. */
const WIDTH = 100;

export interface Report {
  alignment: string;
  normalise?: string;
  score: Score;
  intervals: ScoreIntervals;
  /** utterances in which nothing is said */
  emptyReferences: number;
  /** characters that no rule of the normalisation covers, and in how many texts */
  unknownCharacters: Record<string, number>;
  bySpeaker: Map<string, Score>;
  byLength: ReturnType<typeof scoresByLength>;
  utterances: readonly UtteranceScore[];
}

/** Of at least one utterance. */
export function reportOf({ scores, unknown }: ScoredTexts, options: ScoringOptions): Report {
  return {
    alignment: options.alignment,
    normalise: options.normalise,
    score: scoreOf(scores),
    intervals: scoreIntervals(scores, bootstrapOf(options)),
    emptyReferences: scores.filter(({ words }) => words.pairs.every(([said]) => said === undefined)).length,
    unknownCharacters: Object.fromEntries(unknown),
    bySpeaker: groupScores(scores, ({ speaker }) => speaker ?? NO_SPEAKER),
    byLength: scoresByLength(scores),
    utterances: scores,
  };
}

export function reportLines(report: Report, listings: ListingOptions): string[] {
  const { score, intervals, emptyReferences, unknownCharacters, bySpeaker, byLength, utterances } = report;
  const lines: string[] = [];
  if (listings.alignments) lines.push(...utterances.flatMap(erroneousLines));
  if (listings.perSpeaker)
    lines.push(
      ...groupLines(
        'speaker',
        [...bySpeaker].sort(([a], [b]) => (a < b ? -1 : 1)),
      ),
      '',
    );
  if (listings.perLength)
    lines.push(
      ...groupLines(
        'words',
        byLength.map((group) => [range(group), group]),
      ),
      '',
    );
  const sentences = { ...score.words, rate: score.sentenceErrorRate };
  lines.push(
    ...tableLines([
      ['', 'rate', '95 % interval', 'errors', 'substituted', 'deleted', 'inserted', 'of'],
      rateRow('WER', score.words, intervals.words, 'words'),
      rateRow('CER', score.characters, intervals.characters, 'characters'),
      [
        'SER',
        percent(sentences.rate),
        intervalText(intervals.sentences),
        String(sentences.utterances - sentences.exact),
        '',
        '',
        '',
        `${sentences.utterances} utterances`,
      ],
    ]),
  );
  if (emptyReferences > 0)
    lines.push(`in ${emptyReferences} utterances nothing is said; what is heard in them counts as inserted`);
  const unknown = Object.entries(unknownCharacters);
  if (unknown.length > 0)
    lines.push(
      `no rule of the normalisation covers ${unknown.map(([character, count]) => `${JSON.stringify(character)} (in ${count} texts)`).join(', ')}; they count as they are`,
    );
  return lines;
}

export const intervalText = ({ low, high }: Interval): string => `${(100 * low).toFixed(2)} to ${percent(high)}`;

function rateRow(name: string, rate: ErrorRate, interval: Interval, units: string): string[] {
  const { substitutions, deletions, insertions, referenceUnits } = rate;
  const counts = [substitutions + deletions + insertions, substitutions, deletions, insertions];
  return [name, percent(rate.rate), intervalText(interval), ...counts.map(String), `${referenceUnits} ${units}`];
}

const groupLines = (name: string, groups: readonly (readonly [string, Score])[]): string[] =>
  tableLines([
    [name, 'utterances', 'of words', 'WER', 'substituted', 'deleted', 'inserted', 'CER', 'SER'],
    ...groups.map(([group, { words, characters, sentenceErrorRate }]) => [
      group,
      ...[words.utterances, words.referenceUnits].map(String),
      percent(words.rate),
      ...[words.substitutions, words.deletions, words.insertions].map(String),
      ...[characters.rate, sentenceErrorRate].map(percent),
    ]),
  ]);

const range = ({ from, to }: { from: number; to: number }) => (from === to ? String(from) : `${from} to ${to}`);

function erroneousLines({ id, speaker, words }: UtteranceScore): string[] {
  const { substitutions, deletions, insertions } = words;
  if (substitutions + deletions + insertions === 0) return [];
  const counts = `${substitutions} substituted, ${deletions} deleted, ${insertions} inserted`;
  return [`${id}${speaker === undefined ? '' : ` (${speaker})`}: ${counts}`, ...alignmentLines(words, WIDTH)];
}

/** @param more figures of the command, before those of the report
 *  @throws AUR_MANIFEST_WRITE */
export async function writeReport(path: string, report: Report, more: Record<string, unknown> = {}): Promise<void> {
  const json = {
    ...more,
    ...report,
    bySpeaker: Object.fromEntries(report.bySpeaker),
    utterances: report.utterances.map(({ words: { pairs, ...words }, ...utterance }) => ({
      ...utterance,
      words,
      // null: a gap
      alignment: pairs.map((pair) => pair.map((word) => word ?? null)),
    })),
  };
  await writeLines([path], ([file]) => file.write(JSON.stringify(json)));
}
