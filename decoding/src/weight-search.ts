/** A measure of errors and weights to start from go in, the weights of the fewest errors near them come out: coordinate search. */

export interface Weights {
  alpha: number;
  beta: number;
}

export interface Trial extends Weights {
  errors: number;
}

export interface SearchOptions {
  start?: Weights;
  /** first steps; halved `halvings` times */
  steps?: Weights;
  halvings?: number;
  /** called once for every trial */
  onTrial?: (trial: Trial) => void;
}

/** Steps along one weight at a time while that helps, then halves the steps. No weights are tried twice.
 *  @param errorsAt of a development set
 *  @returns the best trial; of equals the first */
export async function searchWeights(
  errorsAt: (weights: Weights) => number | Promise<number>,
  options: SearchOptions = {},
): Promise<Trial> {
  const { start = { alpha: 0.5, beta: 1 }, steps = { alpha: 0.25, beta: 1 }, halvings = 2, onTrial } = options;
  const tried = new Map<string, Trial>();
  const attempt = async (weights: Weights): Promise<Trial> => {
    const key = `${weights.alpha} ${weights.beta}`;
    const known = tried.get(key);
    if (known) return known;
    const trial = { ...weights, errors: await errorsAt(weights) };
    tried.set(key, trial);
    onTrial?.(trial);
    return trial;
  };
  let best = await attempt(start);
  for (let halving = 0; halving <= halvings; halving++) {
    const scale = 2 ** -halving;
    for (let isBetter = true; isBetter; ) {
      isBetter = false;
      for (const [axis, step] of [
        ['alpha', steps.alpha * scale],
        ['beta', steps.beta * scale],
      ] as const)
        for (const direction of [step, -step]) {
          const moved = { alpha: best.alpha, beta: best.beta, [axis]: best[axis] + direction };
          if (moved.alpha < 0) continue;
          const trial = await attempt(moved);
          if (trial.errors >= best.errors) continue;
          best = trial;
          isBetter = true;
        }
    }
  }
  return best;
}
