/** Numbers go in, their quantiles and robust z-scores come out. */

/** @param sorted ascending, at least one
 *  @param share from 0 to 1
 *  @returns interpolated between neighbours (Hyndman and Fan 1996, type 7, as NumPy) */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  const at = share * (sorted.length - 1);
  const [low, high] = [Math.floor(at), Math.ceil(at)];
  return sorted[low] + (sorted[high] - sorted[low]) * (at - low);
}

/** Where the middle of many values lies and how far they spread, untouched by outliers. */
export interface RobustScale {
  median: number;
  /** median absolute deviation from the median */
  deviation: number;
}

/** @param values at least one */
export function robustScale(values: Float32Array): RobustScale {
  const median = quantile(values.slice().sort(), 0.5);
  return { median, deviation: quantile(values.map((value) => Math.abs(value - median)).sort(), 0.5) };
}

/** Iglewicz and Hoaglin's modified z-score (1993), of which they call more than 3.5 an outlier; 0 where nothing spreads. */
export const robustScore = (value: number, { median, deviation }: RobustScale): number =>
  deviation === 0 ? 0 : (0.6745 * (value - median)) / deviation;
