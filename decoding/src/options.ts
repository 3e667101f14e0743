/** A record of options and what each may be go in, the record with its defaults comes out, or an error that names path and value. */
import { DecodingError } from './errors.js';

/** What a number may be: its default and its range. */
export interface NumberRule {
  default: number;
  low?: number;
  high?: number;
  whole?: boolean;
}

/** @param path of the record in front of its keys, for example `beam`
 *  @throws DecodingError AUR_DECODING_OPTION, also for a key that no rule names */
export function checkNumbers<Key extends string>(
  path: string,
  options: Partial<Record<Key, number | undefined>>,
  rules: Record<Key, NumberRule>,
): Record<Key, number> {
  const unknown = Object.keys(options).find((key) => !Object.hasOwn(rules, key));
  if (unknown !== undefined)
    throw new DecodingError('AUR_DECODING_OPTION', {
      path: `${path}.${unknown}`,
      seen: 'an unknown option',
      expected: Object.keys(rules).join(', '),
    });
  const checked = {} as Record<Key, number>;
  for (const [key, rule] of Object.entries(rules) as [Key, NumberRule][])
    checked[key] = checkNumber(`${path}.${key}`, options[key] ?? rule.default, rule);
  return checked;
}

/** @throws DecodingError AUR_DECODING_OPTION */
export function checkNumber(path: string, value: number, rule: Omit<NumberRule, 'default'>): number {
  const { low = Number.NEGATIVE_INFINITY, high = Number.POSITIVE_INFINITY, whole = false } = rule;
  if (typeof value === 'number' && value >= low && value <= high && (!whole || Number.isInteger(value))) return value;
  const expected = `a ${whole ? 'whole ' : ''}number from ${low} to ${high}`;
  throw new DecodingError('AUR_DECODING_OPTION', { path, seen: String(value), expected });
}
