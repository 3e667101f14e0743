/** Tokens and a place among them go in, the cardinal numbers that can be read from there come out. */
import { DIGITS, HUNDRED, SCALES, TEENS, TENS } from './english-words.js';

export interface ReadNumber {
  /** a safe integer */
  value: number;
  /** index of the token after it */
  end: number;
}

/** @param tokens lower case */
export function cardinalsAt(tokens: readonly string[], at: number): ReadNumber[] {
  if (DIGITS.get(tokens[at]) === 0) return [{ value: 0, end: at + 1 }];
  const found: ReadNumber[] = [];
  collect(tokens, at, 0, Number.POSITIVE_INFINITY, found);
  return found;
}

/** Those below 100, without zero. */
export function belowHundredAt(tokens: readonly string[], at: number): ReadNumber[] {
  const single = (DIGITS.get(tokens[at]) || undefined) ?? TEENS.get(tokens[at]);
  if (single !== undefined) return [{ value: single, end: at + 1 }];
  const tens = TENS.get(tokens[at]);
  if (tens === undefined) return [];
  const unit = DIGITS.get(tokens[at + 1]);
  return [{ value: tens, end: at + 1 }, ...(unit ? [{ value: tens + unit, end: at + 2 }] : [])];
}

/** Whether a number in front of this token goes on with it: to stop before it would be to misread. */
export const isMultiplier = (token: string | undefined): boolean =>
  token !== undefined && (token === HUNDRED || SCALES.has(token));

/** @param value of the groups read so far
 *  @param limit the scale of the last one: the next must be smaller */
function collect(tokens: readonly string[], at: number, value: number, limit: number, found: ReadNumber[]): void {
  for (const group of groupsAt(tokens, at)) {
    // `nineteen hundred` is no group of a larger number.
    const isWhole = group.value > 999;
    if ((!isWhole || value === 0) && limit > 1) found.push({ value: value + group.value, end: group.end });
    if (isWhole) continue;
    const scale = SCALES.get(tokens[group.end]);
    if (scale === undefined || scale >= limit) continue;
    const [sum, end] = [value + group.value * scale, group.end + 1];
    found.push({ value: sum, end });
    collect(tokens, end, sum, scale, found);
    if (tokens[end] !== 'and') continue;
    for (const rest of belowHundredAt(tokens, end + 1)) found.push({ value: sum + rest.value, end: rest.end });
  }
}

/** Numbers from 1 to 999, and hundreds up to 99: `a hundred`, `five hundred and two`, `nineteen hundred`. */
function groupsAt(tokens: readonly string[], at: number): ReadNumber[] {
  if (tokens[at] === 'a') {
    if (tokens[at + 1] === HUNDRED) return hundredsAt(tokens, at + 1, 1);
    // Not "half a million".
    return tokens[at + 1] === 'thousand' ? [{ value: 1, end: at + 1 }] : [];
  }
  const small = belowHundredAt(tokens, at);
  return small.flatMap((number) =>
    tokens[number.end] === HUNDRED && number.value % 10 !== 0
      ? [number, ...hundredsAt(tokens, number.end, number.value)]
      : [number],
  );
}

/** @param at of `hundred` */
function hundredsAt(tokens: readonly string[], at: number, hundreds: number): ReadNumber[] {
  const value = 100 * hundreds;
  const from = tokens[at + 1] === 'and' ? [at + 1, at + 2] : [at + 1];
  const rest = from.flatMap((start) => belowHundredAt(tokens, start));
  return [{ value, end: at + 1 }, ...rest.map((low) => ({ value: value + low.value, end: low.end }))];
}
