/** Figures of a set of utterances go in, how much they may owe to the choice of these utterances comes out. */

export interface Interval {
  low: number;
  high: number;
}

export interface BootstrapOptions {
  /** random numbers in [0, 1): the same ones give the same intervals */
  uniform: () => number;
  /** sets of utterances that are drawn */
  resamples: number;
  /** share of the sets whose figures the interval holds */
  level: number;
}

/** Percentile intervals of figures of a set of utterances, from sets of as many utterances drawn from it with replacement
 *  (Bisani and Ney, "Bootstrap estimates for confidence intervals in ASR performance evaluation", ICASSP 2004).
 *  Utterances count as independent: where few speakers say many of them each, the truth is wider.
 *  @param utterances at least 1
 *  @param figuresOf figures of a set, given as indices of its utterances (the same array each time), always as many
 *  @returns one interval a figure */
export function bootstrapIntervals(
  utterances: number,
  figuresOf: (drawn: Uint32Array) => readonly number[],
  { uniform, resamples, level }: BootstrapOptions,
): Interval[] {
  const drawn = new Uint32Array(utterances);
  const samples: Float64Array[] = [];
  for (let sample = 0; sample < resamples; sample++) {
    for (let i = 0; i < utterances; i++) drawn[i] = Math.floor(uniform() * utterances);
    figuresOf(drawn).forEach((figure, at) => {
      samples[at] ??= new Float64Array(resamples);
      samples[at][sample] = figure;
    });
  }
  return samples.map((figures) => {
    figures.sort();
    return { low: quantile(figures, (1 - level) / 2), high: quantile(figures, (1 + level) / 2) };
  });
}

/** Linear between the two nearest (Hyndman and Fan's type 7). */
function quantile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
}
