/** The transcript of a file goes in, its text in one of the formats comes out. */
import { type CaptionRules, captions, ctm, mergeCaptions, srt, textGrid, vtt } from '@auricle/decoding';
import type { FileSegment, FileTranscript } from '../batch/file-transcript.js';
import { CSV_HEADER, csv } from './csv.js';

export const TRANSCRIPT_FORMATS = ['txt', 'json', 'jsonl', 'srt', 'vtt', 'ctm', 'textgrid', 'csv'] as const;
export type TranscriptFormat = (typeof TRANSCRIPT_FORMATS)[number];

export interface FormatOptions {
  /** the recording, as json, jsonl, ctm and csv name it */
  file: string;
  /** of srt and vtt */
  captions?: CaptionRules;
}

/** Of the output's name. */
export const extensionOf = (format: TranscriptFormat): string => (format === 'textgrid' ? 'TextGrid' : format);

/** Formats whose texts can follow one another: each of their lines tells which file it is of. */
export const isOfLines = (format: TranscriptFormat): boolean => ['json', 'jsonl', 'ctm', 'csv'].includes(format);

/** @returns text that ends in a line feed, unless it is empty
 *  @throws DecodingError AUR_DECODING_OPTION for rules of captions that make no sense */
export function formatTranscript(transcript: FileTranscript, format: TranscriptFormat, options: FormatOptions): string {
  return WRITERS[format](transcript, options);
}

type Writer = (transcript: FileTranscript, options: FormatOptions) => string;

/** A channel's words, between pauses. */
function segmentsByChannel({ segments, channels }: FileTranscript): FileSegment[][] {
  const byChannel: FileSegment[][] = Array.from({ length: channels }, () => []);
  for (const segment of segments) byChannel[segment.channel ?? 0].push(segment);
  return byChannel;
}

/** What a channel is called where channels are speakers. */
export const speakerOf = (channel: number): string => `Speaker ${channel + 1}`;

const wordsOf = (segments: readonly FileSegment[]) => segments.flatMap(({ words }) => words);

const captionsOf = (transcript: FileTranscript, rules?: CaptionRules) =>
  mergeCaptions(
    segmentsByChannel(transcript).map((segments, channel) =>
      captions(
        segments.map(({ words }) => words),
        rules,
        transcript.channels > 1 ? speakerOf(channel) : undefined,
      ),
    ),
  );

/** Milliseconds and four digits of confidence are all that the figures carry, and all of a file's text is stable. */
const rounded = (key: string, value: unknown) =>
  key === 'stableCharacters'
    ? undefined
    : typeof value === 'number' && !Number.isInteger(value)
      ? Number(value.toFixed(4))
      : value;

const WRITERS: Record<TranscriptFormat, Writer> = {
  txt: ({ text, segments, channels }) => {
    if (channels === 1) return `${text}\n`;
    return segments.map((segment) => `${speakerOf(segment.channel!)}: ${segment.text}\n`).join('');
  },
  json: (transcript, { file }) => `${JSON.stringify({ file, ...transcript }, rounded)}\n`,
  jsonl: ({ segments }, { file }) =>
    segments.map(({ isFinal: _, ...segment }) => `${JSON.stringify({ file, ...segment }, rounded)}\n`).join(''),
  srt: (transcript, { captions: rules }) => srt(captionsOf(transcript, rules)),
  vtt: (transcript, { captions: rules }) => vtt(captionsOf(transcript, rules)),
  ctm: (transcript, { file }) =>
    segmentsByChannel(transcript)
      .map((segments, channel) => ctm(wordsOf(segments), { recording: file, channel: channel + 1 }))
      .join(''),
  textgrid: (transcript) =>
    textGrid(
      segmentsByChannel(transcript).map((segments, channel) => ({
        name: transcript.channels > 1 ? speakerOf(channel) : 'words',
        intervals: wordsOf(segments),
      })),
      transcript.audioSeconds,
    ),
  csv: (transcript, { file }) => CSV_HEADER + csv(transcript, file),
};
