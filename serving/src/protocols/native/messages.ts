/** The native protocol's messages: JSON text goes in, checked records come out, and back; docs/reference/native-protocol.md describes it. */
import { LOWEST_RATE, PCM_ENCODINGS } from '@auricle/audio';
import { type EndpointRule, endpointRules, type SpeechEvent } from '@auricle/decoding';
import { z } from 'zod';
import { type Alternative, MOST_ALTERNATIVES, MOST_HEARD_SECONDS, type Segment } from '../../results.js';
import { checkMessage } from '../check-message.js';
import { MOST_HOTWORD_CHARACTERS, MOST_HOTWORDS } from '../hotword-phrases.js';
import { parseJson } from '../json.js';
import { confidence, seconds, timedWord } from '../numbers.js';

export const NATIVE_PATH = '/v1/stream';

/** Phrases that are to be heard more readily. */
const hotwords = z
  .array(z.strictObject({ phrase: z.string().max(200), boost: z.number() }))
  .max(MOST_HOTWORDS)
  .refine((list) => list.reduce((sum, { phrase }) => sum + phrase.length, 0) <= MOST_HOTWORD_CHARACTERS, {
    error: `expected at most ${MOST_HOTWORD_CHARACTERS} characters in all`,
  });

/** Of the endpoint's rules, which have a check of their own. */
function checkedRules(options: unknown, context: z.RefinementCtx): readonly EndpointRule[] | undefined {
  try {
    return options === undefined ? undefined : endpointRules(options);
  } catch (error) {
    context.addIssue((error as Error).message);
    return z.NEVER;
  }
}

/** Files may come at higher rates; for a stranger's stream, filters for those would be too long. */
export const HIGHEST_STREAM_RATE = 192_000;

export const startMessageSchema = z.strictObject({
  type: z.literal('start'),
  /** Hz */
  sampleRate: z.number().int().min(LOWEST_RATE).max(HIGHEST_STREAM_RATE),
  /** name of a model of `/v1/models` */
  model: z.string().max(200).optional(),
  /** of the binary messages */
  encoding: z.enum(PCM_ENCODINGS).default('s16le'),
  /** send segments while they grow */
  partials: z.boolean().default(true),
  /** say up to which time the audio need not be kept */
  acknowledge: z.boolean().default(false),
  /** of this stream alone, instead of the server's; also none, if they are to change */
  hotwords: hotwords.optional(),
  /** texts for each segment */
  alternatives: z.number().int().min(1).max(MOST_ALTERNATIVES).default(1),
  /** when a segment ends, instead of the server's rules */
  endpoint: z.unknown().transform(checkedRules).optional(),
  /** of the first audio: another stream has told of it, and no result of this one does */
  heardSeconds: z.number().min(0).max(MOST_HEARD_SECONDS).default(0),
  /** send `speech_started` and `speech_ended` */
  speechEvents: z.boolean().default(false),
});
export const hotwordsMessageSchema = z.strictObject({ type: z.literal('hotwords'), hotwords });
export const finalizeMessageSchema = z.strictObject({ type: z.literal('finalize') });
export const endMessageSchema = z.strictObject({ type: z.literal('end') });
export const clientMessageSchema = z.discriminatedUnion('type', [
  startMessageSchema,
  hotwordsMessageSchema,
  finalizeMessageSchema,
  endMessageSchema,
]);

export type ClientMessage = z.output<typeof clientMessageSchema>;
export type StartMessage = z.output<typeof startMessageSchema>;

const time = z.number().nonnegative();
const share = z.number().min(0).max(1);
const spokenFields = {
  text: z.string(),
  start: time,
  end: time,
  confidence: share,
  words: z.array(z.object({ word: z.string(), start: time, end: time, confidence: share })),
};
const segmentFields = {
  segment: z.number().int().nonnegative(),
  ...spokenFields,
  /** of `text`, from its start: later messages of the segment have them too */
  stableCharacters: z.number().int().nonnegative(),
  /** the best first, which is the segment's own; only where they were asked for */
  alternatives: z.array(z.object(spokenFields)).optional(),
};

export const serverMessageSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('ready'),
    model: z.object({ name: z.string(), language: z.string() }),
    /** audio the model takes at a time, seconds */
    chunkSeconds: time,
  }),
  z.object({ type: z.literal('partial'), ...segmentFields }),
  z.object({ type: z.literal('final'), ...segmentFields }),
  z.object({ type: z.literal('speech_started'), time }),
  z.object({ type: z.literal('speech_ended'), time }),
  z.object({ type: z.literal('settled'), seconds: time }),
  z.object({ type: z.literal('finalized') }),
  z.object({ type: z.literal('done'), audioSeconds: time, segments: z.number().int().nonnegative() }),
  z.object({ type: z.literal('warning'), code: z.string(), message: z.string() }),
  z.object({ type: z.literal('error'), code: z.string(), message: z.string() }),
]);
export type ServerMessage = z.output<typeof serverMessageSchema>;

/** @throws AUR_PROTOCOL_NOT_JSON, AUR_PROTOCOL_DEPTH, AUR_PROTOCOL_MESSAGE naming field, value seen and what was expected */
export const parseClientMessage = (text: string): ClientMessage => checkMessage(clientMessageSchema, parseJson(text));

/** @throws AUR_PROTOCOL_NOT_JSON, AUR_PROTOCOL_DEPTH, AUR_PROTOCOL_MESSAGE */
export const parseServerMessage = (text: string): ServerMessage => checkMessage(serverMessageSchema, parseJson(text));

/** A client takes up the stream at this very sample. */
export const settledMessage = (at: number): ServerMessage => ({ type: 'settled', seconds: Number(at.toFixed(6)) });

const spokenMessage = ({ text, start, end, words, ...heard }: Alternative) => ({
  text,
  start: seconds(start),
  end: seconds(end),
  confidence: confidence(heard.confidence),
  words: words.map((word) => ({ ...timedWord(word), confidence: confidence(word.confidence) })),
});

export const segmentMessage = (found: Segment): ServerMessage => ({
  type: found.isFinal ? 'final' : 'partial',
  segment: found.segment,
  ...spokenMessage(found),
  stableCharacters: found.stableCharacters,
  ...(found.alternatives && { alternatives: found.alternatives.map(spokenMessage) }),
});

export const speechMessage = ({ type, time }: SpeechEvent): ServerMessage => ({ type, time: seconds(time) });
