/** How many n-grams have each small count goes in, what modified Kneser-Ney takes off a count comes out (Chen and Goodman 1998, equation 26). */

export interface Discounts {
  /** off counts of 1, of 2, and of 3 or more */
  amounts: readonly [number, number, number];
  /** whether the counts were too few or too odd for the formula */
  isFallback: boolean;
}

/** KenLM's `--discount_fallback`. */
const FALLBACK: Discounts = { amounts: [0.5, 1, 1.5], isFallback: true };

/** @param ofCount n-grams with a count of 1, 2, 3 and 4 */
export function discountsOf(ofCount: readonly number[]): Discounts {
  const [n1, n2, n3, n4] = ofCount;
  if (n1 === 0 || n2 === 0 || n3 === 0) return FALLBACK;
  const y = n1 / (n1 + 2 * n2);
  const amounts = [1 - (2 * y * n2) / n1, 2 - (3 * y * n3) / n2, 3 - (4 * y * n4) / n3] as const;
  return amounts.every((amount, i) => amount >= 0 && amount <= i + 1) ? { amounts, isFallback: false } : FALLBACK;
}

export const discountOf = ({ amounts }: Discounts, count: number): number =>
  count === 0 ? 0 : amounts[Math.min(count, 3) - 1];
