/** The pause that ends an utterance goes in, endpoint rules come out. */
import { DEFAULT_ENDPOINT_RULES, type EndpointRule } from '@auricle/decoding';

/** Seconds: a model that says a token in one frame and nothing in the next leaves gaps that are no pauses, also within words. */
export const SHORTEST_PAUSE = 0.3;

const [LONG_SILENCE, , LONG_SEGMENT] = DEFAULT_ENDPOINT_RULES;

/** @param pause seconds; undefined for none: then only a long segment ends, and a silence in which nothing was said */
export const rulesFor = (pause: number | undefined): readonly EndpointRule[] => [
  LONG_SILENCE,
  ...(pause === undefined
    ? []
    : [{ needsSpeech: true, trailingSilence: Math.max(SHORTEST_PAUSE, pause), utteranceLength: 0 }]),
  LONG_SEGMENT,
];
