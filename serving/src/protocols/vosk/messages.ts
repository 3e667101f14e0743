/** Vosk's messages: text of a client goes in, checked records come out; results go in, the server's replies come out. */
import { LOWEST_RATE } from '@auricle/audio';
import { z } from 'zod';
import { type Alternative, MOST_ALTERNATIVES, type Segment } from '../../results.js';
import { checkMessage } from '../check-message.js';
import { described } from '../documents/description.js';
import { MOST_HOTWORDS } from '../hotword-phrases.js';
import { parseJson } from '../json.js';
import { HIGHEST_STREAM_RATE } from '../native/messages.js';
import { confidence, seconds, timedWord } from '../numbers.js';

export const VOSK_PATH = '/vosk';

/** Hz, where a client names none: the server of Vosk's own project has the same. */
export const DEFAULT_RATE = 8000;

export const configMessageSchema = z
  .object({
    config: z.object({
      sample_rate: z
        .number()
        .min(LOWEST_RATE)
        .max(HIGHEST_STREAM_RATE)
        .optional()
        .meta(described('works', `of the audio, Hz, rounded to a whole number; default ${DEFAULT_RATE}`)),
      words: z
        .boolean()
        .optional()
        .meta(described('works', 'send each word with its times and confidence; default true')),
      max_alternatives: z
        .number()
        .int()
        .min(0)
        .max(MOST_ALTERNATIVES)
        .optional()
        .meta(
          described(
            'works',
            'above 0, finals have the form with alternatives, at most so many; told before the first audio',
          ),
        ),
      phrase_list: z
        .array(z.string().max(200))
        .max(MOST_HOTWORDS)
        .optional()
        .meta(
          described(
            'partly',
            'phrases to hear more readily: Vosk hears nothing else; "[unk]" and unknown words are left out',
          ),
        ),
      model: z.string().optional().meta(described('no effect', 'the model served is used')),
    }),
  })
  .meta({ description: 'Before the first audio; has no reply.' });

const anything = z.union([z.number(), z.boolean(), z.string()]);
export const eofMessageSchema = z.object({ eof: anything }).meta({
  ...described('works', 'No more audio comes: one final reply, then the connection closes.'),
});
export const resetMessageSchema = z.object({ reset: anything }).meta({
  ...described('works', 'Ends the utterance: one final reply, and the next audio begins another.'),
});

const time = z.number().nonnegative();
const conf = z.number().min(0).max(1);
const timed = z.object({ word: z.string(), start: time, end: time });

export const partialReplySchema = z.object({ partial: z.string() });
export const resultReplySchema = z.object({
  result: z.array(timed.extend({ conf })).optional(),
  text: z.string(),
});
export const alternativesReplySchema = z.object({
  alternatives: z.array(z.object({ confidence: conf, text: z.string(), result: z.array(timed).optional() })),
});

export type VoskConfig = z.output<typeof configMessageSchema>['config'];
export type VoskMessage = { config: VoskConfig } | { eof: unknown } | { reset: unknown };
export type VoskReply =
  | z.output<typeof partialReplySchema>
  | z.output<typeof resultReplySchema>
  | z.output<typeof alternativesReplySchema>;

/** In any spelling of the JSON.
 *  @throws AUR_PROTOCOL_NOT_JSON, AUR_PROTOCOL_MESSAGE */
export function parseVoskMessage(text: string): VoskMessage {
  const value = parseJson(text);
  const has = (key: string) => typeof value === 'object' && value !== null && key in value;
  if (has('eof')) return checkMessage(eofMessageSchema, value);
  if (has('reset')) return checkMessage(resetMessageSchema, value);
  return checkMessage(configMessageSchema, value);
}

/** @param segments that ended, none where nothing was said */
export function finalReply(
  segments: readonly Segment[],
  { words = true, max_alternatives = 0 }: VoskConfig,
): VoskReply {
  const text = segments.map((segment) => segment.text).join(' ');
  const heard = segments.flatMap((segment) => segment.words);
  if (max_alternatives > 0) return { alternatives: alternativesOf(segments, words, max_alternatives) };
  if (!words || heard.length === 0) return { text };
  return {
    result: heard.map((word) => ({
      conf: confidence(word.confidence),
      end: seconds(word.end),
      start: seconds(word.start),
      word: word.word,
    })),
    text,
  };
}

/** Of several segments, their alternatives put together in every way: the less so, the further down they stand in all. */
function alternativesOf(segments: readonly Segment[], withWords: boolean, most: number) {
  if (segments.length === 0) return [{ confidence: 1, text: '' }];
  const none: Joined = { parts: [], rank: 0 };
  const joined = segments.reduce<readonly Joined[]>(
    (before, { alternatives, ...own }) =>
      before
        .flatMap(({ parts, rank }) =>
          (alternatives ?? [own]).map((part, place) => ({ parts: [...parts, part], rank: rank + place })),
        )
        .sort((a, b) => a.rank - b.rank)
        .slice(0, most),
    [none],
  );
  return joined.map(({ parts }) => {
    const product = parts.reduce((so, part) => so * part.confidence, 1);
    const text = parts.map((part) => part.text).join(' ');
    const whole = { confidence: confidence(product ** (1 / parts.length)), text };
    return withWords ? { ...whole, result: parts.flatMap(({ words }) => words.map(timedWord)) } : whole;
  });
}

interface Joined {
  parts: readonly Alternative[];
  rank: number;
}
