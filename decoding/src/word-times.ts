/** When a model emitted its words and how far that is from when they were said go in, corrected times come out. */

/** How much later than its emission a word begins and ends, seconds: negative where a model emits words after they began. Measured on
 *  recordings (`auricle calibrate`), for a CTC model emits a token somewhere within or after its sound. */
export interface WordTimes {
  startOffset: number;
  endOffset: number;
}

export interface TimeSpan {
  start: number;
  end: number;
}

/** Corrects spans in place. They stay in order and in their bounds; two that would overlap meet in the middle.
 *  @param spans in the order of time, none before the end of the one before it; seconds
 *  @param bounds earliest start and latest end, seconds */
export function correctTimes(
  spans: readonly TimeSpan[],
  { startOffset, endOffset }: WordTimes,
  bounds: { earliest: number; latest: number },
): void {
  let before: TimeSpan | undefined;
  for (const span of spans) {
    const start = Math.min(Math.max(span.start + startOffset, bounds.earliest), bounds.latest);
    const end = Math.min(Math.max(span.end + endOffset, start), bounds.latest);
    span.start = start;
    span.end = end;
    if (before && before.end > start) {
      const middle = Math.max(before.start, (before.end + start) / 2);
      before.end = middle;
      span.start = middle;
      span.end = Math.max(end, middle);
    }
    before = span;
  }
}
