/** A segment as one connection tells it goes in, the same segment of the whole stream comes out. */
import type { FinalMessage, PartialMessage } from './messages.js';

/** Where a segment lies in the stream. */
export interface SegmentPlace {
  /** seconds from the stream's start to the connection's */
  offset: number;
  segment: number;
  /** words at its start that were delivered before */
  known: number;
}

const MILLISECONDS = 1000;

/** The fields beside times, number and text are left as they are. */
export function segmentAt<Message extends PartialMessage | FinalMessage>(
  message: Message,
  { offset, segment, known }: SegmentPlace,
): Message {
  const shift = (seconds: number) => Math.round((seconds + offset) * MILLISECONDS) / MILLISECONDS;
  const words = message.words.slice(known).map((word) => ({ ...word, start: shift(word.start), end: shift(word.end) }));
  return {
    ...message,
    segment,
    text: known > 0 ? words.map(({ word }) => word).join(' ') : message.text,
    start: known > 0 ? words[0].start : shift(message.start),
    end: shift(message.end),
    words,
  };
}
