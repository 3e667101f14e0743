/** Random log-probs and random cuts, for properties of whatever takes log-probs chunk by chunk. */
import fc from 'fast-check';

const normalise = (row: number[]) => {
  const total = Math.log(row.reduce((sum, value) => sum + Math.exp(value), 0));
  return row.map((value) => Math.fround(value - total));
};

/** [frames][vocabulary] */
export const logProbRows = (vocabulary: number, most: number, least = 1): fc.Arbitrary<number[][]> =>
  fc.array(
    fc
      .array(fc.float({ min: -8, max: 0, noNaN: true }), { minLength: vocabulary, maxLength: vocabulary })
      .map(normalise),
    { minLength: least, maxLength: most },
  );

export const anyCuts = fc.array(fc.integer({ min: 0, max: 60 }));

/** The rows in chunks that end at the cuts. */
export function chunksOf(rows: readonly number[][], cuts: readonly number[]): number[][][] {
  const edges = [0, ...cuts.filter((cut) => cut < rows.length).sort((a, b) => a - b), rows.length];
  return edges.slice(1).map((edge, i) => rows.slice(edges[i], edge));
}

export function pushRows(decoder: { push(logProbs: Float32Array, frames: number): void }, rows: readonly number[][]) {
  decoder.push(Float32Array.from(rows.flat()), rows.length);
}
