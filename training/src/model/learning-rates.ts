/** Parameter shapes and rates by patterns of their names go in, a factor of the learning rate for each parameter comes out. */
import { type ParameterSpec, parameterCount, placedParameters } from './config.js';

export interface RateRule {
  /** regular expression that a parameter's whole name fits */
  parameters: string;
  /** multiplies the learning rate; 0 freezes */
  rate: number;
}

/** The rule of each parameter: the first that its name fits.
 *  @returns indices into `rules`, -1 where none fits
 *  @throws SyntaxError for a pattern that is no regular expression */
export function ruleOfEach(specs: readonly ParameterSpec[], rules: readonly RateRule[]): number[] {
  const patterns = rules.map(({ parameters }) => new RegExp(`^(?:${parameters})$`));
  return specs.map(({ name }) => patterns.findIndex((pattern) => pattern.test(name)));
}

/** @returns [parameterCount(specs)], 1 for parameters that no rule names */
export function learningRates(specs: readonly ParameterSpec[], rules: readonly RateRule[]): Float32Array {
  const rates = new Float32Array(parameterCount(specs)).fill(1);
  const found = ruleOfEach(specs, rules);
  placedParameters(specs).forEach(({ at, end }, i) => {
    if (found[i] >= 0) rates.fill(rules[found[i]].rate, at, end);
  });
  return rates;
}
