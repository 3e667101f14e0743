/** A segment as one connection tells it goes in, the same segment of the whole stream comes out. */
import type { FinalMessage, PartialMessage, Spoken } from './messages.js';

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
  const later = <Part extends Spoken>(part: Part): Part => ({
    ...part,
    start: shift(part.start),
    end: shift(part.end),
    words: part.words.map((word) => ({ ...word, start: shift(word.start), end: shift(word.end) })),
  });
  const { alternatives, ...moved } = { ...later(message), segment };
  if (known === 0) return { ...moved, ...(alternatives && { alternatives: alternatives.map(later) }) } as Message;
  // Of what else the words may be, nobody can tell which part is known already.
  const words = moved.words.slice(known);
  const text = words.map(({ word }) => word).join(' ');
  const stableCharacters = Math.max(0, message.stableCharacters - (message.text.length - text.length));
  return { ...moved, words, text, stableCharacters, start: words[0].start } as Message;
}
