/** When a stream's audio arrived goes in, how long ago a given second of it arrived comes out. */

/** Arrivals closer together than this are one (s of audio). */
const GRAIN = 0.1;
/** Segments are shorter than this (s of audio). */
const MOST_SECONDS = 60;

export class PartialLatency {
  /** Oldest first: the audio up to `end` seconds was there at `at` ms. */
  private arrivals: { end: number; at: number }[] = [];
  private seconds = 0;

  arrived(seconds: number, now: number): void {
    this.seconds += seconds;
    const last = this.arrivals.at(-1);
    const before = this.arrivals.at(-2)?.end ?? 0;
    if (last && this.seconds - before <= GRAIN) {
      last.end = this.seconds;
      last.at = now;
    } else this.arrivals.push({ end: this.seconds, at: now });
    if (this.arrivals.length > (2 * MOST_SECONDS) / GRAIN) this.arrivals.splice(0, this.arrivals.length / 2);
  }

  /** Forgets what arrived before.
   *  @param end s from the stream's start
   *  @returns ms since the audio up to there arrived; undefined when that is not known, or not all of it came from the client */
  of(end: number, now: number): number | undefined {
    const found = this.arrivals.findIndex((arrival) => arrival.end >= end);
    if (found < 0) return undefined;
    this.arrivals.splice(0, found);
    return now - this.arrivals[0].at;
  }
}
