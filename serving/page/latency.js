/** When audio left and when words came goes in, where the time between went comes out. */

/** The last frame of a chunk reaches 7.5 ms beyond its end, and the resampler is late by 4 ms. */
const REACH_SECONDS = 0.0115;
/** Of the latest words, so that one late packet shows and does not stay. */
const REMEMBERED = 12;

/** @typedef {{ capture: number, chunk: number, network: number, compute: number }} Parts ms each */

export class LatencyMeter {
  /** @param {{ chunkSeconds: number, captureMs: number }} stream */
  constructor({ chunkSeconds, captureMs }) {
    this.chunkSeconds = chunkSeconds;
    this.captureMs = captureMs;
    this.roundTripMs = 0;
    /** Seconds of audio that had left at a time. */
    this.sent = [];
    this.lastEnd = 0;
    this.recent = [];
  }

  /** @param {number} seconds of audio sent so far
   *  @param {number} now ms */
  audioSent(seconds, now) {
    this.sent.push({ seconds, now });
    if (this.sent.length > 3000) this.sent.splice(0, 1000);
  }

  /** A segment has come whose last word ends at this time.
   *  @returns {Parts | undefined} the median of the latest words; undefined where the word is not new */
  wordCame(end, now) {
    if (end <= this.lastEnd) return undefined;
    this.lastEnd = end;
    const chunkEnd = Math.ceil(end / this.chunkSeconds - 1e-6) * this.chunkSeconds;
    const left = this.sent.find(({ seconds }) => seconds >= chunkEnd + REACH_SECONDS) ?? this.sent.at(-1);
    if (!left) return undefined;
    this.recent.push({ chunk: 1000 * (chunkEnd - end), rest: now - left.now });
    if (this.recent.length > REMEMBERED) this.recent.shift();
    const rest = median(this.recent.map((word) => word.rest));
    const network = Math.min(this.roundTripMs, rest);
    return {
      capture: this.captureMs,
      chunk: median(this.recent.map((word) => word.chunk)),
      network,
      compute: rest - network,
    };
  }
}

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

/** @returns {Promise<number>} ms from a request to the beginning of its answer, the least of three */
export async function measureRoundTrip() {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 3; i++) {
    const started = performance.now();
    await fetch('healthz', { cache: 'no-store' });
    least = Math.min(least, performance.now() - started);
  }
  return least;
}
