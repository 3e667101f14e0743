/** Segments go in, the messages of sherpa-onnx's streaming WebSocket server come out. */
import { z } from 'zod';
import type { Segment } from '../../results.js';
import { described } from '../documents/description.js';
import { seconds } from '../numbers.js';

export const SHERPA_PATH = '/sherpa';

/** Hz: clients send samples at the model's rate, which the protocol does not tell. */
export const SHERPA_RATE = 16_000;

/** The client's last message, and the server's. */
export const DONE = 'Done';
export const DONE_REPLY = 'Done!';

const time = z.number().nonnegative();

export const sherpaResultSchema = z.object({
  text: z.string().meta(described('works', 'of the segment so far')),
  tokens: z.array(z.string()).meta(described('partly', "the words: the stream's tokens are not told apart")),
  timestamps: z
    .array(time)
    .meta(described('works', 'where each of `tokens` begins, seconds from the start of the stream')),
  ys_probs: z.array(z.number()).meta(described('partly', 'natural log of the confidence of each of `tokens`')),
  lm_probs: z.array(z.number()).meta(described('no effect', 'empty')),
  context_scores: z.array(z.number()).meta(described('no effect', 'empty')),
  segment: z.number().int().nonnegative().meta(described('works', 'number of the segment, from 0')),
  words: z.array(z.number()).meta(described('no effect', 'empty')),
  start_time: time.meta(described('works', 'of the segment, seconds')),
  is_final: z.boolean().meta(described('works', 'the segment has ended')),
  is_eof: z.boolean().meta(described('works', 'nothing comes after it but `Done!`')),
});
export type SherpaResult = z.output<typeof sherpaResultSchema>;

export const sherpaResult = ({ text, words, start, segment, isFinal }: Segment): SherpaResult => ({
  text,
  tokens: words.map(({ word }) => word),
  timestamps: words.map((word) => seconds(word.start)),
  ys_probs: words.map(({ confidence }) => Number(Math.log(Math.max(confidence, 1e-10)).toFixed(4))),
  lm_probs: [],
  context_scores: [],
  segment,
  words: [],
  start_time: seconds(start),
  is_final: isFinal,
  is_eof: false,
});
