/** An alignment goes in, lines come out in which the words of both texts stand above each other. */
import type { Alignment } from './align.js';

/** Three lines and a blank one for each stretch that fits the width: what was said, what was heard, and under each error an S, D or I.
 *  Where a word is missing there are stars.
 *  @param width columns; a longer pair has lines of its own */
export function alignmentLines({ pairs }: Pick<Alignment, 'pairs'>, width: number): string[] {
  const lines: string[] = [];
  let rows: string[] = [...LABELS];
  const finish = () => {
    if (rows[0] !== LABELS[0]) lines.push(...rows.map((row) => row.trimEnd()), '');
    rows = [...LABELS];
  };
  for (const [reference, hypothesis] of pairs) {
    const columns = Math.max(lengthOf(reference ?? ''), lengthOf(hypothesis ?? ''));
    if (lengthOf(rows[0]) + columns + 1 > width) finish();
    const cells = [reference ?? '*'.repeat(columns), hypothesis ?? '*'.repeat(columns), markOf(reference, hypothesis)];
    rows = rows.map((row, at) => `${row} ${cells[at]}${' '.repeat(columns - lengthOf(cells[at]))}`);
  }
  finish();
  return lines;
}

const LABELS = ['said: ', 'heard:', '      '] as const;

const lengthOf = (text: string) => [...text].length;

function markOf(reference: string | undefined, hypothesis: string | undefined): string {
  if (reference === undefined) return 'I';
  if (hypothesis === undefined) return 'D';
  return reference === hypothesis ? '' : 'S';
}
