/** A number of standard deviations goes in, how often a normal variable lies at least so far from its mean comes out. */

/** Both tails of the standard normal distribution: P(|Z| >= |z|); relative error below 1e-11. */
export function bothTails(z: number): number {
  const x = Math.abs(z);
  if (Number.isNaN(x)) return Number.NaN;
  return x < 3 ? 1 - centre(x) : tails(x);
}

/** P(|Z| < x) as the series of the density times x + x^3/3 + x^5/15 + ... */
function centre(x: number): number {
  let [term, sum] = [x, x];
  for (let n = 3; term > 1e-17 * sum; n += 2) {
    term *= (x * x) / n;
    sum += term;
  }
  return 2 * density(x) * sum;
}

/** Laplace's continued fraction 1/(x + 1/(x + 2/(x + 3/(x + ...)))), from far inside. */
function tails(x: number): number {
  let fraction = x;
  for (let n = 100; n > 0; n--) fraction = x + n / fraction;
  return (2 * density(x)) / fraction;
}

const density = (x: number) => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
