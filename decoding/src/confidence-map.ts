/** A word's raw confidence goes in, the probability that the word is right comes out: by a map that was fitted on development data. */
import { DecodingError } from './errors.js';

/** logistic: 1 / (1 + e^-(scale * logit(raw) + offset)) (Platt 1999; temperature scaling where the offset is 0);
 *  isotonic: straight lines between the points `from`, `to`, level beyond them. */
export type ConfidenceMap =
  | { kind: 'logistic'; scale: number; offset: number }
  | { kind: 'isotonic'; from: number[]; to: number[] };

/** A decoder's own map, for a beam's scores and a greedy decoder's differ. */
export interface ConfidenceMaps {
  greedy?: ConfidenceMap;
  beam?: ConfidenceMap;
}

/** A confidence this near to 0 or 1 has no finite logit that would be good for anything. */
const MARGIN = 1e-6;
/** Nothing that was heard is certain to be wrong. */
const LEAST = 1e-4;

export const logit = (probability: number): number => {
  const p = Math.min(Math.max(probability, MARGIN), 1 - MARGIN);
  return Math.log(p / (1 - p));
};

/** @returns in (0, 1] */
export function mapConfidence(map: ConfidenceMap | undefined, raw: number): number {
  if (!map) return raw;
  const mapped =
    map.kind === 'logistic' ? 1 / (1 + Math.exp(-(map.scale * logit(raw) + map.offset))) : interpolate(map, raw);
  return Math.min(1, Math.max(LEAST, mapped));
}

function interpolate({ from, to }: { from: number[]; to: number[] }, raw: number): number {
  let low = 0;
  let high = from.length - 1;
  if (raw <= from[low]) return to[low];
  if (raw >= from[high]) return to[high];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (from[middle] <= raw) low = middle;
    else high = middle;
  }
  return to[low] + ((to[high] - to[low]) * (raw - from[low])) / (from[high] - from[low]);
}

/** Refuses a map that does not rise or leaves [0, 1].
 *  @throws DecodingError AUR_DECODING_OPTION naming the path and the value */
export function checkConfidenceMap(path: string, map: ConfidenceMap): ConfidenceMap {
  const refuse = (key: string, seen: string, expected: string): never => {
    throw new DecodingError('AUR_DECODING_OPTION', { path: `${path}.${key}`, seen, expected });
  };
  if (map.kind === 'logistic') {
    if (!(Number.isFinite(map.scale) && map.scale >= 0)) refuse('scale', String(map.scale), 'a number from 0');
    if (!Number.isFinite(map.offset)) refuse('offset', String(map.offset), 'a number');
    return map;
  }
  if (map.kind !== 'isotonic') refuse('kind', String((map as { kind: unknown }).kind), 'logistic or isotonic');
  const { from, to } = map;
  if (from.length === 0 || from.length !== to.length)
    refuse('to', `${to.length} values`, `as many as from has (${from.length}), at least 1`);
  for (const [key, values] of [
    ['from', from],
    ['to', to],
  ] as const)
    values.forEach((value, i) => {
      const least = i === 0 ? 0 : values[i - 1];
      const rises = key === 'to' || i === 0 ? value >= least : value > least;
      if (!(rises && value <= 1)) refuse(`${key}[${i}]`, String(value), `a number from ${least} to 1, rising`);
    });
  return map;
}
