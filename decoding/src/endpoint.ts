/** How long a segment is and how long it has been silent go in, whether it ends here comes out. */

/** A rule ends a segment when all its conditions hold (Kaldi's online endpointing). */
export interface EndpointRule {
  /** holds only once something was said */
  needsSpeech: boolean;
  /** at least this many seconds of silence at the end */
  trailingSilence: number;
  /** at least this many seconds in all */
  utteranceLength: number;
}

/** sherpa-onnx's defaults: a long silence, a pause after speech, a segment grown too long. */
export const DEFAULT_ENDPOINT_RULES: readonly EndpointRule[] = [
  { needsSpeech: false, trailingSilence: 2.4, utteranceLength: 0 },
  { needsSpeech: true, trailingSilence: 1.2, utteranceLength: 0 },
  { needsSpeech: false, trailingSilence: 0, utteranceLength: 20 },
];

/** A segment so far; seconds. */
export interface SegmentState {
  trailingSilence: number;
  utteranceLength: number;
  hasSpeech: boolean;
}

/** Sums of frame lengths fall short of a rule's round number by rounding errors. */
const TOLERANCE = 1e-6;

/** True as soon as one rule holds. */
export const isEndpoint = (rules: readonly EndpointRule[], segment: SegmentState): boolean =>
  rules.some(
    (rule) =>
      (segment.hasSpeech || !rule.needsSpeech) &&
      segment.trailingSilence >= rule.trailingSilence - TOLERANCE &&
      segment.utteranceLength >= rule.utteranceLength - TOLERANCE,
  );
