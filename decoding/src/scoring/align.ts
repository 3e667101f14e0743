/** A reference and a hypothesis in words or characters go in, a cheapest way from one to the other comes out. */
import { type AlignmentKind, type BandSteps, cheapestEdits, DELETION, INSERTION } from './edit-band.js';

export type { AlignmentKind } from './edit-band.js';

export interface EditCounts {
  correct: number;
  substitutions: number;
  deletions: number;
  insertions: number;
}

export interface Alignment extends EditCounts {
  /** [reference, hypothesis] in order; a gap is undefined */
  pairs: [string | undefined, string | undefined][];
}

/** Takes 2 bits for each pair of units that lie no further apart than the edits require: at most 25 MB for 10,000 on either side. */
export function alignWords(
  reference: readonly string[],
  hypothesis: readonly string[],
  kind: AlignmentKind = 'levenshtein',
): Alignment {
  const parts = differingParts(reference, hypothesis, kind);
  const { steps, ...counts } = cheapestEdits(...numbered(parts.reference, parts.hypothesis), kind, true);
  const inner = pairsOf(parts.reference, parts.hypothesis, steps!);
  const same = (word: string): [string, string] => [word, word];
  const pairs = [
    ...reference.slice(0, parts.begin).map(same),
    ...inner,
    ...reference.slice(parts.begin + parts.reference.length).map(same),
  ];
  return { correct: correctIn(reference, counts), ...counts, pairs };
}

/** The counts of `alignWords` in less memory: that of one row. */
export function countEdits(
  reference: readonly string[],
  hypothesis: readonly string[],
  kind: AlignmentKind = 'levenshtein',
): EditCounts {
  const parts = differingParts(reference, hypothesis, kind);
  const counts = cheapestEdits(...numbered(parts.reference, parts.hypothesis), kind, false);
  return {
    correct: correctIn(reference, counts),
    substitutions: counts.substitutions,
    deletions: counts.deletions,
    insertions: counts.insertions,
  };
}

const correctIn = (reference: readonly string[], counts: Omit<EditCounts, 'correct'>) =>
  reference.length - counts.substitutions - counts.deletions;

/** Without what both end with and, if that changes no tie, what both begin with. */
function differingParts(reference: readonly string[], hypothesis: readonly string[], kind: AlignmentKind) {
  const shorter = Math.min(reference.length, hypothesis.length);
  let begin = 0;
  if (kind === 'levenshtein') while (begin < shorter && reference[begin] === hypothesis[begin]) begin++;
  let end = 0;
  while (end < shorter - begin && reference.at(-1 - end) === hypothesis.at(-1 - end)) end++;
  return {
    begin,
    reference: reference.slice(begin, reference.length - end),
    hypothesis: hypothesis.slice(begin, hypothesis.length - end),
  };
}

/** Numbers compare faster than words. */
function numbered(...texts: readonly string[][]): [Int32Array, Int32Array] {
  const numbers = new Map<string, number>();
  const [reference, hypothesis] = texts.map((text) =>
    Int32Array.from(text, (unit) => {
      const known = numbers.get(unit);
      if (known !== undefined) return known;
      numbers.set(unit, numbers.size);
      return numbers.size - 1;
    }),
  );
  return [reference, hypothesis];
}

function pairsOf(reference: readonly string[], hypothesis: readonly string[], steps: BandSteps): Alignment['pairs'] {
  const pairs: Alignment['pairs'] = [];
  for (let r = reference.length, h = hypothesis.length; r > 0 || h > 0; ) {
    const step = steps.at(r, h);
    pairs.push([step === INSERTION ? undefined : reference[--r], step === DELETION ? undefined : hypothesis[--h]]);
  }
  return pairs.reverse();
}
