/** Two rows of numbers go in, the edits of a cheapest alignment come out, computed in a band around the diagonal (Ukkonen 1985) that is no wider than they require. */

/** What makes an alignment the cheapest, and which of several equally cheap ones it is.
 *
 *  `levenshtein`: every edit costs 1, so no alignment has fewer edits. Ties as RapidFuzz breaks them, on which jiwer counts: what both begin and
 *  end with is set aside; in the rest, from the end backwards, a deletion before all else, then a substitution, an insertion, a match.
 *
 *  `sclite`: a substitution costs 4, an insertion or a deletion 3 (SCTK's word.c), so that what was heard a place further on is a deletion and
 *  an insertion around a match rather than two substitutions; the edits may be more. Ties as in SCTK's net_dp.c: a pair, an insertion, a deletion. */
export type AlignmentKind = 'levenshtein' | 'sclite';

const COSTS = { levenshtein: { substitution: 1, gap: 1 }, sclite: { substitution: 4, gap: 3 } };

export type Step = typeof PAIR | typeof DELETION | typeof INSERTION;
export const PAIR = 0;
export const DELETION = 1;
export const INSERTION = 2;

/** Gaps that the first band has room for. */
const FEWEST_GAPS = 32;
const UNREACHABLE = 2 ** 30;

export interface Edits {
  substitutions: number;
  deletions: number;
  insertions: number;
  /** when they were to be kept */
  steps?: BandSteps;
}

/** Where an alignment may be: row `r` has the columns from `r - deletions` to `r + insertions`. */
interface Band {
  deletions: number;
  insertions: number;
}

/** An alignment that leaves the band for `gaps` gaps has more of them. So when the cheapest one inside costs no more than they do, none is cheaper and all as
 *  cheap lie inside: ties are broken as they would be without a band. What was found in a band too narrow is an upper bound for the next. */
export function cheapestEdits(
  reference: Int32Array,
  hypothesis: Int32Array,
  kind: AlignmentKind,
  keepSteps: boolean,
): Edits {
  const { substitution, gap } = COSTS[kind];
  const difference = reference.length - hypothesis.length;
  for (let gaps = FEWEST_GAPS + Math.abs(difference); ; ) {
    const band = { deletions: (gaps + difference) >> 1, insertions: (gaps - difference) >> 1 };
    const steps = keepSteps ? new BandSteps(reference.length, hypothesis.length, band) : undefined;
    const { cost, substitutions } = fillBand(reference, hypothesis, kind, band, steps);
    if (cost <= gap * gaps) {
      const taken = (cost - substitution * substitutions) / gap;
      return { substitutions, deletions: (taken + difference) / 2, insertions: (taken - difference) / 2, steps };
    }
    gaps = Math.min(4 * gaps, Math.ceil(cost / gap));
  }
}

/** Which step leads to each cell of the band, 2 bits each. */
export class BandSteps {
  private readonly packed: Uint8Array;
  /** of a row, and how far the next one's columns lie to the right */
  private readonly width: number;
  private readonly shift: number;
  private readonly origin: number;

  constructor(rows: number, columns: number, { deletions, insertions }: Band) {
    const isWhole = deletions + insertions >= columns;
    this.width = isWhole ? columns + 1 : deletions + insertions + 1;
    this.shift = isWhole ? 0 : 1;
    this.origin = isWhole ? 0 : deletions;
    this.packed = new Uint8Array(Math.ceil(((rows + 1) * this.width) / 4));
  }

  /** The number of a cell; those of a row follow each other. */
  cell(row: number, column: number): number {
    return row * (this.width - this.shift) + this.origin + column;
  }

  /** Once for each cell. */
  set(cell: number, step: Step): void {
    this.packed[Math.floor(cell / 4)] |= step << (2 * (cell % 4));
  }

  at(row: number, column: number): Step {
    const cell = this.cell(row, column);
    return ((this.packed[Math.floor(cell / 4)] >> (2 * (cell % 4))) & 3) as Step;
  }
}

/** Row by row, each in the place of the one above; a cell has the cost of the cheapest way there and the substitutions on it. */
function fillBand(
  reference: Int32Array,
  hypothesis: Int32Array,
  kind: AlignmentKind,
  band: Band,
  steps: BandSteps | undefined,
): { cost: number; substitutions: number } {
  const { substitution, gap } = COSTS[kind];
  const pairsFirst = kind === 'sclite';
  const columns = hypothesis.length;
  const costs = new Int32Array(columns + 1).fill(UNREACHABLE);
  const substitutions = new Int32Array(columns + 1);
  for (let h = 0; h <= Math.min(band.insertions, columns); h++) {
    costs[h] = h * gap;
    if (h > 0) steps?.set(steps.cell(0, h), INSERTION);
  }
  for (let r = 1; r <= reference.length; r++) {
    const unit = reference[r - 1];
    const first = Math.max(0, r - band.deletions);
    const last = Math.min(columns, r + band.insertions);
    let cell = steps?.cell(r, first) ?? 0;
    let [left, leftSubstitutions] = [UNREACHABLE, 0];
    let [aboveLeft, aboveLeftSubstitutions] =
      first > 0 ? [costs[first - 1], substitutions[first - 1]] : [UNREACHABLE, 0];
    for (let h = first; h <= last; h++, cell++) {
      const isMatch = h > 0 && unit === hypothesis[h - 1];
      const [above, aboveSubstitutions] = [costs[h], substitutions[h]];
      const pair = isMatch ? aboveLeft : aboveLeft + substitution;
      const deletion = above + gap;
      const insertion = left + gap;
      const gapIsCheaper = pairsFirst
        ? pair > deletion || pair > insertion
        : pair >= deletion || (isMatch ? pair >= insertion : pair > insertion);
      const isDeletion = pairsFirst ? deletion < insertion : deletion <= insertion;
      let cost = pair;
      let count = isMatch ? aboveLeftSubstitutions : aboveLeftSubstitutions + 1;
      if (gapIsCheaper) {
        cost = isDeletion ? deletion : insertion;
        count = isDeletion ? aboveSubstitutions : leftSubstitutions;
        steps?.set(cell, isDeletion ? DELETION : INSERTION);
      }
      costs[h] = left = cost;
      substitutions[h] = leftSubstitutions = count;
      aboveLeft = above;
      aboveLeftSubstitutions = aboveSubstitutions;
    }
  }
  return { cost: costs[columns], substitutions: substitutions[columns] };
}
