/** References and hypotheses go in, their error rates come out. */
import { type AlignmentKind, countEdits, type EditCounts } from './align.js';

export interface ErrorRate {
  /** (substitutions + deletions + insertions) / units of the references; where those have none, 0 without and 1 with insertions */
  rate: number;
  substitutions: number;
  deletions: number;
  insertions: number;
  /** words or characters of the references */
  referenceUnits: number;
  utterances: number;
  /** utterances without an edit */
  exact: number;
}

export interface TextPair {
  reference: string;
  hypothesis: string;
}

export const wordUnits = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '');

/** Code points; a run of whitespace is one space and counts, at the ends it does not. */
export const characterUnits = (text: string): string[] => [...wordUnits(text).join(' ')];

/** Word error rate over all pairs together; texts are compared as they are (case, punctuation), whitespace parts words. */
export const wordErrorRate = (pairs: Iterable<TextPair>, kind?: AlignmentKind): ErrorRate =>
  errorRate(pairs, wordUnits, kind);

/** Character error rate over all pairs together; a run of whitespace is one space and counts as a character. */
export const characterErrorRate = (pairs: Iterable<TextPair>, kind?: AlignmentKind): ErrorRate =>
  errorRate(pairs, characterUnits, kind);

function errorRate(
  pairs: Iterable<TextPair>,
  unitsOf: (text: string) => string[],
  kind: AlignmentKind | undefined,
): ErrorRate {
  const counts: EditCounts[] = [];
  for (const { reference, hypothesis } of pairs) counts.push(countEdits(unitsOf(reference), unitsOf(hypothesis), kind));
  return errorRateOf(counts);
}

/** Of utterances whose edits are counted. */
export function errorRateOf(counts: Iterable<EditCounts>): ErrorRate {
  const total = { substitutions: 0, deletions: 0, insertions: 0, referenceUnits: 0, utterances: 0, exact: 0 };
  for (const count of counts) {
    total.substitutions += count.substitutions;
    total.deletions += count.deletions;
    total.insertions += count.insertions;
    total.referenceUnits += referenceUnits(count);
    total.utterances++;
    if (editsIn(count) === 0) total.exact++;
  }
  return { rate: ratio(editsIn(total), total.referenceUnits), ...total };
}

export const editsIn = ({ substitutions, deletions, insertions }: Omit<EditCounts, 'correct'>): number =>
  substitutions + deletions + insertions;

export const referenceUnits = ({ correct, substitutions, deletions }: EditCounts): number =>
  correct + substitutions + deletions;

/** `edits` of so many units of references; of none, 0 without and 1 with edits. */
export const ratio = (edits: number, units: number): number => (units > 0 ? edits / units : Math.min(edits, 1));
