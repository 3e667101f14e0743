/** A word's characters and the ranks of merges go in, its pieces come out: byte-pair encoding (Sennrich et al. 2016), with dropout where asked. */

/** A word's segmentation drawn at random, for training (BPE-dropout, Provilkov et al. 2020). */
export interface Sampling {
  /** probability that a merge that could be made is not, each time anew; in [0, 1): 0 always gives the same pieces, 0.1 is the paper's */
  dropout: number;
  /** random numbers in [0, 1) */
  uniform: () => number;
}

/** Merges neighbours, the pair of the lowest rank first and all its occurrences from left to right, until no pair has a rank.
 *  @param ranks of each piece that a merge makes */
export function mergeByRank(symbols: readonly string[], ranks: ReadonlyMap<string, number>, sampling?: Sampling) {
  let pieces = [...symbols];
  for (;;) {
    let best = Number.POSITIVE_INFINITY;
    const offered = new Float64Array(pieces.length).fill(Number.POSITIVE_INFINITY);
    for (let i = 0; i + 1 < pieces.length; i++) {
      const rank = ranks.get(pieces[i] + pieces[i + 1]);
      if (rank === undefined || (sampling && sampling.uniform() < sampling.dropout)) continue;
      offered[i] = rank;
      best = Math.min(best, rank);
    }
    if (best === Number.POSITIVE_INFINITY) return pieces;
    const merged: string[] = [];
    for (let i = 0; i < pieces.length; i++) merged.push(offered[i] === best ? pieces[i] + pieces[++i] : pieces[i]);
    pieces = merged;
  }
}
