/** Rows of cells go in, lines of aligned columns come out. */

/** The first column is aligned to the left, the others to the right. */
export function tableLines(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => [...row[column]].length)));
  const padded = (cell: string, column: number) => {
    const space = ' '.repeat(widths[column] - [...cell].length);
    return column === 0 ? cell + space : space + cell;
  };
  return rows.map((row) => row.map(padded).join('  ').trimEnd());
}

export const percent = (rate: number): string => `${(100 * rate).toFixed(2)} %`;
