/** How long a segment is and how long it has been silent go in, whether it ends here comes out. */
import { DecodingError } from './errors.js';
import { checkNumbers, type NumberRule } from './options.js';

/** A rule ends a segment when all its conditions hold (Kaldi's online endpointing). */
export interface EndpointRule {
  /** holds only once something was said */
  needsSpeech: boolean;
  /** at least this many seconds without a token at the end */
  trailingSilence: number;
  /** at least this many seconds in all */
  utteranceLength: number;
  /** holds only where the segment is at most this much less likely if its sentence ends here (nats, of a language model; default: any) */
  maxRelativeCost?: number;
  /** at least this many seconds of quiet after speech, by the energy of the audio alone (default: not asked for) */
  quiet?: number;
}

/** sherpa-onnx's defaults: a long silence, a pause after speech, a segment grown too long. */
export const DEFAULT_ENDPOINT_RULES: readonly EndpointRule[] = [
  { needsSpeech: false, trailingSilence: 2.4, utteranceLength: 0 },
  { needsSpeech: true, trailingSilence: 1.2, utteranceLength: 0 },
  { needsSpeech: false, trailingSilence: 0, utteranceLength: 20 },
];

const ANY_COST = Number.POSITIVE_INFINITY;

/** Kaldi's five rules with its defaults, which are Vosk's too (online2/online-endpoint.h), and the silence rule. */
export const NAMED_ENDPOINT_RULES = {
  /** nothing was said */
  rule1: { needsSpeech: false, trailingSilence: 5, utteranceLength: 0, maxRelativeCost: ANY_COST },
  /** a pause where the sentence may well end */
  rule2: { needsSpeech: true, trailingSilence: 0.5, utteranceLength: 0, maxRelativeCost: 2 },
  /** a longer one where it may end */
  rule3: { needsSpeech: true, trailingSilence: 1, utteranceLength: 0, maxRelativeCost: 8 },
  /** a long one, whatever the sentence */
  rule4: { needsSpeech: true, trailingSilence: 2, utteranceLength: 0, maxRelativeCost: ANY_COST },
  /** grown too long */
  rule5: { needsSpeech: false, trailingSilence: 0, utteranceLength: 20, maxRelativeCost: ANY_COST },
  /** quiet after speech, whatever the decoder makes of it; only where it is asked for */
  silence: { needsSpeech: false, trailingSilence: 0, utteranceLength: 0, maxRelativeCost: ANY_COST, quiet: 1 },
} as const satisfies Record<string, EndpointRule>;

export type EndpointRuleName = keyof typeof NAMED_ENDPOINT_RULES;

/** What is other than Kaldi's default; `false` leaves a rule out, `true` takes it as it is. */
export type EndpointOptions = Partial<Record<EndpointRuleName, Partial<EndpointRule> | boolean>>;

const SECONDS: NumberRule = { default: 0, low: 0, high: 86_400 };
const NUMBERS = {
  trailingSilence: SECONDS,
  utteranceLength: SECONDS,
  maxRelativeCost: { default: ANY_COST, low: 0 },
  quiet: { ...SECONDS, default: 1, low: 0.01 },
} satisfies Record<string, NumberRule>;

/** Kaldi's five rules with what is asked for instead, and the silence rule where it is asked for.
 *  @param options unchecked: of a file, a command line or a stranger's message
 *  @throws DecodingError AUR_DECODING_OPTION naming path, value and what was expected */
export function endpointRules(options: unknown): EndpointRule[] {
  const refuse = (path: string, seen: unknown, expected: string) =>
    new DecodingError('AUR_DECODING_OPTION', { path, seen: JSON.stringify(seen) ?? String(seen), expected });
  const isRecord = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isRecord(options)) throw refuse('endpoint', options, `an object with ${Object.keys(NAMED_ENDPOINT_RULES)}`);
  for (const name of Object.keys(options))
    if (!Object.hasOwn(NAMED_ENDPOINT_RULES, name))
      throw refuse(`endpoint.${name}`, 'an unknown rule', Object.keys(NAMED_ENDPOINT_RULES).join(', '));
  return Object.entries(NAMED_ENDPOINT_RULES).flatMap(([name, rule]) => {
    const asked = options[name] ?? name !== 'silence';
    if (asked === false) return [];
    if (asked === true) return [{ ...rule }];
    if (!isRecord(asked)) throw refuse(`endpoint.${name}`, asked, 'an object, true or false');
    const { needsSpeech = rule.needsSpeech, ...numbers } = { ...rule, ...asked } as EndpointRule;
    if (typeof needsSpeech !== 'boolean') throw refuse(`endpoint.${name}.needsSpeech`, needsSpeech, 'true or false');
    const { quiet, ...others } = checkNumbers(`endpoint.${name}`, { ...numbers }, NUMBERS);
    return [{ needsSpeech, ...others, ...('quiet' in numbers && { quiet }) }];
  });
}

/** Whether rules need to know how loud the audio is. */
export const listensToEnergy = (rules: readonly EndpointRule[]): boolean =>
  rules.some(({ quiet }) => quiet !== undefined);

/** A segment so far; seconds. */
export interface SegmentState {
  trailingSilence: number;
  utteranceLength: number;
  hasSpeech: boolean;
  /** as `StreamDecoder.relativeCost`; infinite where nobody can tell, which no limit lets pass (default) */
  relativeCost?: number;
  /** quiet since speech was last heard in the segment, by energy; 0 before (default) */
  quiet?: number;
}

/** Sums of frame lengths fall short of a rule's round number by rounding errors. */
const TOLERANCE = 1e-6;

/** True as soon as one rule holds. `relativeCost` is asked for only where the rest of a rule that has a limit holds. */
export const isEndpoint = (rules: readonly EndpointRule[], segment: SegmentState): boolean =>
  rules.some(
    ({ needsSpeech, trailingSilence, utteranceLength, maxRelativeCost = ANY_COST, quiet = 0 }) =>
      (segment.hasSpeech || !needsSpeech) &&
      segment.trailingSilence >= trailingSilence - TOLERANCE &&
      segment.utteranceLength >= utteranceLength - TOLERANCE &&
      (quiet === 0 || (segment.quiet ?? 0) >= quiet - TOLERANCE) &&
      (maxRelativeCost === ANY_COST || (segment.relativeCost ?? ANY_COST) <= maxRelativeCost),
  );
