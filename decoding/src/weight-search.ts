/** A measure of errors and weights to start from go in, the weights of the fewest errors near them come out: coordinate search. */

export interface Weights {
  alpha: number;
  beta: number;
  /** of the tokens' priors */
  priorScale: number;
}

export interface Trial extends Weights {
  errors: number;
}

export interface SearchOptions {
  start?: Weights;
  /** first steps; halved `halvings` times; where it is 0 the weight stays as it is */
  steps?: Weights;
  halvings?: number;
  /** called once for every trial */
  onTrial?: (trial: Trial) => void;
}

const AXES = ['alpha', 'beta', 'priorScale'] as const;
const START: Weights = { alpha: 0.5, beta: 1, priorScale: 0 };
const STEPS: Weights = { alpha: 0.25, beta: 1, priorScale: 0 };

/** Steps along one weight at a time while that helps, then halves the steps. No weights are tried twice.
 *  @param errorsAt of a development set
 *  @returns the best trial; of equals the first */
export async function searchWeights(
  errorsAt: (weights: Weights) => number | Promise<number>,
  options: SearchOptions = {},
): Promise<Trial> {
  const { start = START, steps = STEPS, halvings = 2, onTrial } = options;
  const tried = new Map<string, Trial>();
  const attempt = async (weights: Weights): Promise<Trial> => {
    const key = AXES.map((axis) => weights[axis]).join(' ');
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
      for (const axis of AXES.filter((name) => steps[name] > 0))
        for (const direction of [scale, -scale]) {
          const { errors: _, ...weights } = best;
          const moved = { ...weights, [axis]: best[axis] + direction * steps[axis] };
          if (moved.alpha < 0 || moved.priorScale < 0) continue;
          const trial = await attempt(moved);
          if (trial.errors >= best.errors) continue;
          best = trial;
          isBetter = true;
        }
    }
  }
  return best;
}
