/** Transcripts of a recording's pieces and channels go in, the transcript of the whole file comes out. */
import type { Alternative, Segment, Transcript } from '../results.js';

export interface FileSegment extends Segment {
  /** from 0; absent where the channels are mixed into one */
  channel?: number;
}

/** Times are seconds from the start of the recording, or of the part of it that was asked for. */
export interface FileTranscript {
  /** the segments' texts, joined by a space */
  text: string;
  /** in the order of their starts, counted from 0 */
  segments: FileSegment[];
  audioSeconds: number;
  /** that were recognised one by one; 1 where they are mixed */
  channels: number;
}

/** A piece of a channel, and where it starts. */
export interface PieceTranscript {
  startSeconds: number;
  transcript: Transcript;
}

/** Pieces that follow one another without overlap. */
export function stitch(pieces: readonly PieceTranscript[]): Transcript {
  const segments = pieces.flatMap(({ startSeconds, transcript }) =>
    startSeconds === 0 ? transcript.segments : transcript.segments.map((segment) => later(segment, startSeconds)),
  );
  const last = pieces.at(-1);
  return {
    text: textOf(segments),
    segments: segments.map((segment, i) => ({ ...segment, segment: i })),
    audioSeconds: last ? last.startSeconds + last.transcript.audioSeconds : 0,
  };
}

/** @param channels one, of all of them mixed, or each */
export function mergeChannels(channels: readonly Transcript[]): FileTranscript {
  const audioSeconds = Math.max(0, ...channels.map((channel) => channel.audioSeconds));
  if (channels.length === 1) return { ...channels[0], audioSeconds, channels: 1 };
  const segments = channels
    .flatMap((transcript, channel) => transcript.segments.map((segment): FileSegment => ({ ...segment, channel })))
    .sort((a, b) => a.start - b.start || a.end - b.end)
    .map((segment, i) => ({ ...segment, segment: i }));
  return { text: textOf(segments), segments, audioSeconds, channels: channels.length };
}

const textOf = (segments: readonly Segment[]) =>
  segments
    .map(({ text }) => text)
    .filter((text) => text !== '')
    .join(' ');

const later = (segment: Segment, seconds: number): Segment => ({
  ...segment,
  ...laterText(segment, seconds),
  ...(segment.alternatives && { alternatives: segment.alternatives.map((other) => laterText(other, seconds)) }),
});

const laterText = ({ text, start, end, confidence, words }: Alternative, seconds: number): Alternative => ({
  text,
  start: start + seconds,
  end: end + seconds,
  confidence,
  words: words.map((word) => ({ ...word, start: word.start + seconds, end: word.end + seconds })),
});
