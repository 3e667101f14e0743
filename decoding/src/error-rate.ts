/** References and hypotheses go in, the edits between them and their error rates come out. */

export interface Alignment {
  correct: number;
  substitutions: number;
  deletions: number;
  insertions: number;
  /** [reference, hypothesis] in order; a gap is undefined */
  pairs: [string | undefined, string | undefined][];
}

/** A cheapest alignment (Levenshtein, every edit costs 1); among equals, from the end backwards, a pair comes before a deletion before an insertion. */
export function alignWords(reference: readonly string[], hypothesis: readonly string[]): Alignment {
  const cost = editCosts(reference, hypothesis);
  const width = hypothesis.length + 1;
  const alignment: Alignment = { correct: 0, substitutions: 0, deletions: 0, insertions: 0, pairs: [] };
  let r = reference.length;
  let h = hypothesis.length;
  while (r > 0 || h > 0) {
    const at = r * width + h;
    const same = r > 0 && h > 0 && reference[r - 1] === hypothesis[h - 1];
    if (r > 0 && h > 0 && cost[at] === cost[at - width - 1] + (same ? 0 : 1)) {
      alignment[same ? 'correct' : 'substitutions']++;
      alignment.pairs.push([reference[--r], hypothesis[--h]]);
    } else if (r > 0 && cost[at] === cost[at - width] + 1) {
      alignment.deletions++;
      alignment.pairs.push([reference[--r], undefined]);
    } else {
      alignment.insertions++;
      alignment.pairs.push([undefined, hypothesis[--h]]);
    }
  }
  alignment.pairs.reverse();
  return alignment;
}

/** @returns row-major [reference.length + 1, hypothesis.length + 1]: fewest edits between the two beginnings */
function editCosts(reference: readonly string[], hypothesis: readonly string[]): Uint32Array {
  const width = hypothesis.length + 1;
  const cost = new Uint32Array((reference.length + 1) * width);
  for (let r = 0; r <= reference.length; r++)
    for (let h = 0; h <= hypothesis.length; h++) {
      const at = r * width + h;
      if (r === 0 || h === 0) cost[at] = r + h;
      else {
        const paired = cost[at - width - 1] + (reference[r - 1] === hypothesis[h - 1] ? 0 : 1);
        cost[at] = Math.min(paired, cost[at - width] + 1, cost[at - 1] + 1);
      }
    }
  return cost;
}

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

const words = (text: string) => text.split(/\s+/).filter((word) => word !== '');

/** Word error rate over all pairs together; texts are compared as they are (case, punctuation), whitespace parts words. */
export const wordErrorRate = (pairs: Iterable<TextPair>): ErrorRate => errorRate(pairs, words);

/** Character error rate over all pairs together; a run of whitespace is one space and counts as a character. */
export const characterErrorRate = (pairs: Iterable<TextPair>): ErrorRate =>
  errorRate(pairs, (text) => [...words(text).join(' ')]);

function errorRate(pairs: Iterable<TextPair>, unitsOf: (text: string) => string[]): ErrorRate {
  const total = { substitutions: 0, deletions: 0, insertions: 0, referenceUnits: 0, utterances: 0, exact: 0 };
  for (const { reference, hypothesis } of pairs) {
    const expected = unitsOf(reference);
    const { substitutions, deletions, insertions } = alignWords(expected, unitsOf(hypothesis));
    total.substitutions += substitutions;
    total.deletions += deletions;
    total.insertions += insertions;
    total.referenceUnits += expected.length;
    total.utterances++;
    if (substitutions + deletions + insertions === 0) total.exact++;
  }
  const edits = total.substitutions + total.deletions + total.insertions;
  return { rate: total.referenceUnits > 0 ? edits / total.referenceUnits : Math.min(edits, 1), ...total };
}
