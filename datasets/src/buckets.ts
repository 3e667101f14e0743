/** Lengths go in, a few padded batch shapes come out, so that little padding is computed and few graphs are needed. */

export interface Bucket {
  /** padded length */
  frames: number;
  batchSize: number;
  /** indices into the lengths */
  members: number[];
}

/** Cuts the sorted lengths into `buckets` groups with the least padding (dynamic programming over the distinct padded lengths).
 *  Every batch of a bucket has the same shape: `batchSize` rows of `frames`, about `framesPerBatch` in all.
 *  @param multipleOf padded lengths are a multiple of this */
export function planBuckets(
  lengths: readonly number[],
  options: { buckets: number; framesPerBatch: number; multipleOf: number },
): Bucket[] {
  const padded = (length: number) => Math.max(1, Math.ceil(length / options.multipleOf)) * options.multipleOf;
  const sizes = [...new Set(lengths.map(padded))].sort((a, b) => a - b);
  const countAt = new Map<number, number>();
  for (const length of lengths) countAt.set(padded(length), (countAt.get(padded(length)) ?? 0) + 1);
  const boundaries = leastPadding(sizes, sizes.map((s) => countAt.get(s)!), Math.min(options.buckets, sizes.length));
  return boundaries.map((frames, b) => {
    const above = b === 0 ? 0 : boundaries[b - 1];
    return {
      frames,
      batchSize: Math.max(1, Math.floor(options.framesPerBatch / frames)),
      members: lengths.flatMap((length, i) => (padded(length) > above && padded(length) <= frames ? [i] : [])),
    };
  });
}

/** More groups never pad more, so exactly `groups` are made.
 *  @param groups at most sizes.length
 *  @returns the upper sizes of the groups, ascending */
function leastPadding(sizes: number[], counts: number[], groups: number): number[] {
  const upTo = [0];
  for (const count of counts) upTo.push(upTo[upTo.length - 1] + count);
  // cost[i]: padded frames of the first i sizes in g groups; starts[g][i]: where the last of these groups starts.
  let cost = [0, ...sizes.map(() => Number.POSITIVE_INFINITY)];
  const starts: number[][] = [];
  for (let g = 0; g < groups; g++) {
    const next = cost.map(() => Number.POSITIVE_INFINITY);
    const start = cost.map(() => 0);
    for (let i = 1; i <= sizes.length; i++)
      for (let from = 0; from < i; from++) {
        const candidate = cost[from] + sizes[i - 1] * (upTo[i] - upTo[from]);
        if (candidate < next[i]) [next[i], start[i]] = [candidate, from];
      }
    cost = next;
    starts.push(start);
  }
  const boundaries: number[] = [];
  for (let g = groups - 1, end = sizes.length; g >= 0; end = starts[g--][end]) boundaries.unshift(sizes[end - 1]);
  return boundaries;
}
