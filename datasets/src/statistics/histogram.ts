/** Numbers go in, how many fall into each of some ranges of a round width comes out. */
import { quantile } from './quantiles.js';

export interface Bin {
  /** low end, included */
  from: number;
  /** high end, not included; infinite in a last bin that takes all that is far out */
  to: number;
  count: number;
}

const MOST_BINS = 40;
/** What lies beyond is joined in the last bin, lest a few outliers squeeze the rest into one. */
const FAR_OUT = 0.995;

/** @param sorted ascending, finite
 *  @returns at most 41 bins without gaps, none for no numbers */
export function histogram(sorted: ArrayLike<number>): Bin[] {
  if (sorted.length === 0) return [];
  const [least, most] = [sorted[0], sorted[sorted.length - 1]];
  const near = quantile(sorted, FAR_OUT);
  const high = most - least > 2 * (near - least) ? near : most;
  const width = roundWidth((high - least) / MOST_BINS);
  const first = Math.floor(least / width);
  const last = Math.floor(high / width);
  const bins = Array.from({ length: last - first + 1 }, (_, i): Bin => {
    const number = first + i;
    return { from: at(number, width), to: at(number + 1, width), count: 0 };
  });
  if (most >= bins[bins.length - 1].to)
    bins.push({ from: bins[bins.length - 1].to, to: Number.POSITIVE_INFINITY, count: 0 });
  for (let i = 0, bin = 0; i < sorted.length; i++) {
    while (bin < bins.length - 1 && sorted[i] >= bins[bin].to) bin++;
    bins[bin].count++;
  }
  return bins;
}

/** Free of the noise of floating-point products. */
const at = (number: number, width: number) => Number((number * width).toPrecision(12));

/** The least of 1, 2, 5, 10, 20, … and their tenths that is not below `least`. */
function roundWidth(least: number): number {
  if (least <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((digit) => digit * power).find((width) => width >= least) ?? 10 * power;
}
