/** A transcript goes in, the answers of OpenAI's transcription endpoint come out, in each of its forms. */
import { deflateSync } from 'node:zlib';
import { z } from 'zod';
import type { Segment, Transcript } from '../../results.js';
import { described } from '../documents/description.js';
import { seconds, timedWord } from '../numbers.js';

const time = z.number().nonnegative();
export const usageSchema = z.object({ type: z.literal('duration'), seconds: time });
export const transcriptionSchema = z.object({ text: z.string(), usage: usageSchema });
export const verboseTranscriptionSchema = z.object({
  task: z.literal('transcribe'),
  language: z.string().meta(described('works', "the model's, as in its bundle")),
  duration: time,
  text: z.string(),
  segments: z
    .array(
      z.object({
        id: z.number().int(),
        seek: z.number().int().meta(described('no effect', '0')),
        start: time,
        end: time,
        text: z.string(),
        tokens: z.array(z.number()).meta(described('no effect', 'empty')),
        temperature: z.number().meta(described('no effect', '0')),
        avg_logprob: z.number().meta(described('works', "log of the segment's confidence")),
        compression_ratio: z.number().meta(described('works', 'bytes of the text over those of it deflated')),
        no_speech_prob: z.number().meta(described('no effect', '0')),
      }),
    )
    .optional(),
  words: z.array(z.object({ word: z.string(), start: time, end: time })).optional(),
  usage: usageSchema,
});
export type VerboseTranscription = z.output<typeof verboseTranscriptionSchema>;

export const deltaEventSchema = z.object({ type: z.literal('transcript.text.delta'), delta: z.string() });
export const doneEventSchema = z.object({
  type: z.literal('transcript.text.done'),
  text: z.string(),
  usage: usageSchema,
});
export type TranscriptionEvent = z.output<typeof deltaEventSchema> | z.output<typeof doneEventSchema>;

export const usageOf = (audioSeconds: number) => ({ type: 'duration' as const, seconds: Math.ceil(audioSeconds) });

/** @param granularities what is told times of */
export function verboseTranscription(
  { text, segments, audioSeconds }: Transcript,
  language: string,
  granularities: readonly ('word' | 'segment')[] = ['segment'],
): VerboseTranscription {
  return {
    task: 'transcribe',
    language,
    duration: seconds(audioSeconds),
    text,
    ...(granularities.includes('segment') && { segments: segments.map(verboseSegment) }),
    ...(granularities.includes('word') && { words: segments.flatMap((segment) => segment.words.map(timedWord)) }),
    usage: usageOf(audioSeconds),
  };
}

function verboseSegment({ text, start, end, confidence }: Segment, id: number) {
  const bytes = Buffer.from(text);
  return {
    id,
    seek: 0,
    start: seconds(start),
    end: seconds(end),
    text: ` ${text}`,
    tokens: [],
    temperature: 0,
    avg_logprob: Number(Math.log(Math.max(confidence, 1e-10)).toFixed(4)),
    compression_ratio: Number((bytes.length / deflateSync(bytes).length).toFixed(4)),
    no_speech_prob: 0,
  };
}

/** SubRip, a cue a segment. */
export const srt = (segments: readonly Segment[]): string =>
  segments
    .map(({ start, end, text }, i) => `${i + 1}\n${clock(start, ',')} --> ${clock(end, ',')}\n${text}\n\n`)
    .join('');

/** WebVTT, a cue a segment. */
export const vtt = (segments: readonly Segment[]): string =>
  `WEBVTT\n\n${segments.map(({ start, end, text }) => `${clock(start, '.')} --> ${clock(end, '.')}\n${text}\n\n`).join('')}`;

function clock(time: number, point: ',' | '.'): string {
  const all = Math.round(time * 1000);
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  const rest = String(all % 1000).padStart(3, '0');
  return `${two(all / 3_600_000)}:${two((all / 60_000) % 60)}:${two((all / 1000) % 60)}${point}${rest}`;
}
