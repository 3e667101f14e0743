/** Lengths go in, batches of a few padded shapes come out, so that little padding is computed and few graphs are needed. */
import { datasetError } from './errors.js';
import { forkSeed, Random } from './random.js';

export interface Bucket {
  /** padded length */
  frames: number;
  /** rows of every batch */
  batchSize: number;
  /** indices into the lengths */
  members: number[];
}

export interface BucketOptions {
  /** at most this many shapes */
  buckets: number;
  /** frames of a batch, padding counted; a longer utterance is a batch of one */
  framesPerBatch: number;
  /** padded lengths are a multiple of this */
  multipleOf: number;
}

/** Cuts the sorted lengths into groups with the least padding of members (dynamic programming over the distinct padded lengths).
 *  @returns buckets by ascending length, none empty; none at all without lengths
 *  @throws AUR_BUCKETS_OPTION */
export function planBuckets(frameCounts: readonly number[], options: BucketOptions): Bucket[] {
  for (const [name, value] of Object.entries(options))
    if (!Number.isInteger(value) || value < 1)
      throw datasetError('AUR_BUCKETS_OPTION', { name, value, expected: 'a whole number from 1' });
  frameCounts.forEach((value, i) => {
    if (!Number.isFinite(value) || value < 0)
      throw datasetError('AUR_BUCKETS_OPTION', { name: `frameCounts[${i}]`, value, expected: 'a number from 0' });
  });
  const padded = (frames: number) => Math.max(1, Math.ceil(frames / options.multipleOf)) * options.multipleOf;
  const countOf = new Map<number, number>();
  for (const frames of frameCounts) countOf.set(padded(frames), (countOf.get(padded(frames)) ?? 0) + 1);
  const sizes = [...countOf.keys()].sort((a, b) => a - b);
  const counts = sizes.map((size) => countOf.get(size)!);
  const boundaries = leastPadding(sizes, counts, Math.min(options.buckets, sizes.length));
  const buckets = boundaries.map(
    (frames): Bucket => ({
      frames,
      batchSize: Math.max(1, Math.floor(options.framesPerBatch / frames)),
      members: [],
    }),
  );
  frameCounts.forEach((frames, i) => {
    buckets[boundaries.findIndex((boundary) => frames <= boundary)].members.push(i);
  });
  return buckets;
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

/** An empty row of a batch, which training masks. */
export const EMPTY_ROW = -1;

export interface PlannedBatch {
  /** index of its bucket */
  bucket: number;
  /** exactly `batchSize` of the bucket: indices into the lengths, then `EMPTY_ROW`s */
  members: number[];
}

/** Every member once in batches of its bucket's shape, shuffled within and across buckets; the same seed and epoch give the same batches. */
export function epochBatches(buckets: readonly Bucket[], seed: number, epoch: number): PlannedBatch[] {
  const random = new Random(forkSeed(seed, epoch));
  const batches = buckets.flatMap(({ batchSize, members }, bucket) => {
    const order = random.shuffle(members);
    return Array.from(
      { length: Math.ceil(order.length / batchSize) },
      (_, b): PlannedBatch => ({
        bucket,
        members: Array.from({ length: batchSize }, (_, row) => order[b * batchSize + row] ?? EMPTY_ROW),
      }),
    );
  });
  return random.shuffle(batches);
}
