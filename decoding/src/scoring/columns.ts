/** Counted utterances go in, columns of figures come out, from which the rate of a drawn set is had quickly. */
import type { EditCounts } from './align.js';
import { editsIn, ratio, referenceUnits } from './error-rate.js';

/** By utterance. */
export interface Columns {
  edits: Float64Array;
  units: Float64Array;
}

export const columnsOf = (counts: readonly EditCounts[]): Columns => ({
  edits: Float64Array.from(counts, editsIn),
  units: Float64Array.from(counts, referenceUnits),
});

export function rateOf({ edits, units }: Columns, drawn: Uint32Array): number {
  let [allEdits, allUnits] = [0, 0];
  for (const utterance of drawn) {
    allEdits += edits[utterance];
    allUnits += units[utterance];
  }
  return ratio(allEdits, allUnits);
}
