/** How wide a beam search looks: options with their defaults and ranges. */
import { checkNumbers, type NumberRule } from '../options.js';

export interface BeamOptions {
  /** prefixes kept a frame (default 16); 1 gives what the greedy decoder gives */
  beam?: number;
  /** prefixes that score this much less than the best are dropped, nats (default 14) */
  beamScore?: number;
  /** tokens looked at a frame (default 32) */
  tokens?: number;
  /** tokens with a log-prob below this are not looked at, nats (default -7) */
  tokenScore?: number;
  /** frames whose blank has at least this probability are passed over (default 0.999); above 1 passes over none */
  blankSkip?: number;
  /** what the best prefix has said for this many seconds is settled: results keep to it, so that it can be shown for good (default 2; infinite: what all
   *  prefixes share is) */
  settleSeconds?: number;
  /** what a prefix scores: the sum over all its alignments, or the best of them (default: the best with a beam of 1, else the sum) */
  alignments?: 'all' | 'best';
}

const RULES: Record<Exclude<keyof BeamOptions, 'alignments'>, NumberRule> = {
  beam: { default: 16, low: 1, high: 65_536, whole: true },
  beamScore: { default: 14, low: 0 },
  tokens: { default: 32, low: 1, high: 65_536, whole: true },
  tokenScore: { default: -7, high: 0 },
  blankSkip: { default: 0.999, low: 0 },
  settleSeconds: { default: 2, low: 0 },
};

/** @throws DecodingError AUR_DECODING_OPTION */
export function checkBeamOptions({ alignments, ...numbers }: BeamOptions): Required<BeamOptions> {
  const checked = checkNumbers('beam', numbers, RULES);
  return { ...checked, alignments: alignments ?? (checked.beam === 1 ? 'best' : 'all') };
}
