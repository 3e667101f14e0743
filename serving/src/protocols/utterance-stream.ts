/** Audio goes in and segments come out, as of a `RecognitionStream`, and what was said so far can be had at once, while the stream goes on.
 *  Here, and only here, is how: the recogniser's stream is ended and another takes its place, whose times go on where the first one's stopped. */
import { type Deferred, deferred } from '../deferred.js';
import type { Engine, StreamOptions } from '../engine.js';
import type { RecognitionStream } from '../recognition-stream.js';
import type { Segment } from '../results.js';

type Step = { audio: Uint8Array | Float32Array } | { finalize: Deferred<void> } | { finish: Deferred<number> };

export class UtteranceStream {
  private stream: RecognitionStream;
  private segmentsBefore = 0;
  private finals = 0;
  private hasAudio = false;
  private isClosed = false;
  /** What came while a stream was ended. */
  private readonly waiting: Step[] = [];
  private waitingBytes = 0;
  private isEnding = false;

  /** @throws as `Engine.openStream` */
  constructor(
    private readonly engine: Engine,
    private readonly options: StreamOptions,
    /** of the streams before this one: what its times are counted from */
    private secondsBefore = 0,
  ) {
    this.stream = this.open();
  }

  /** Bytes that no worker has taken yet. */
  get pendingBytes(): number {
    return this.waitingBytes + this.stream.pendingBytes;
  }

  push(audio: Uint8Array | Float32Array): void {
    if (this.isEnding) this.waitingBytes += audio.byteLength;
    this.take({ audio });
  }

  /** Resolves when all that was said so far has come as final segments. */
  finalize(): Promise<void> {
    const step = { finalize: deferred<void>() };
    this.take(step);
    return step.finalize.promise;
  }

  /** Ends the audio.
   *  @returns its length in seconds, when the last segment is through; rejects on failure */
  finish(): Promise<number> {
    const step = { finish: deferred<number>() };
    this.take(step);
    return step.finish.promise;
  }

  /** Resolves when less than half of `limit` bytes wait. */
  async drained(limit: number): Promise<void> {
    // Audio that waits goes to the next stream, so that this may take more than one.
    while (!this.isClosed && this.pendingBytes > limit / 2) {
      if (this.isEnding) await this.stream.settled();
      else await this.stream.drained(limit);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  close(): void {
    this.isClosed = true;
    this.stream.close();
  }

  private take(step: Step): void {
    if (this.isEnding) this.waiting.push(step);
    else this.perform(step);
  }

  private perform(step: Step): void {
    if ('audio' in step) {
      this.hasAudio ||= step.audio.byteLength > 0;
      this.stream.push(step.audio);
    } else if ('finalize' in step) this.replace(step.finalize);
    else this.end(step.finish);
  }

  private end(over: Deferred<number>): void {
    this.isEnding = true;
    this.stream.finish().then(({ audioSeconds }) => over.resolve(this.secondsBefore + audioSeconds), over.reject);
  }

  private replace(over: Deferred<void>): void {
    if (!this.hasAudio) {
      over.resolve();
      return;
    }
    this.isEnding = true;
    this.stream.finish().then(
      ({ audioSeconds }) => {
        this.secondsBefore += audioSeconds;
        this.segmentsBefore += this.finals;
        this.finals = 0;
        this.hasAudio = false;
        if (this.isClosed) return;
        try {
          this.stream = this.open();
        } catch (error) {
          this.isClosed = true;
          this.options.onError?.(error as Parameters<NonNullable<StreamOptions['onError']>>[0]);
          over.reject(error);
          return;
        }
        this.isEnding = false;
        over.resolve();
        while (this.waiting.length > 0 && !this.isEnding) {
          const step = this.waiting.shift()!;
          if ('audio' in step) this.waitingBytes -= step.audio.byteLength;
          this.perform(step);
        }
      },
      (error) => over.reject(error),
    );
  }

  private open(): RecognitionStream {
    const { onSegment, ...rest } = this.options;
    return this.engine.openStream({
      ...rest,
      onSegment: (segment) => {
        const placed = this.placed(segment);
        if (segment.isFinal) this.finals++;
        onSegment?.(placed);
      },
    });
  }

  /** The segment, in the time of the whole. */
  private placed(segment: Segment): Segment {
    if (this.secondsBefore === 0) return segment;
    const later = <T extends { start: number; end: number }>(timed: T): T => ({
      ...timed,
      start: timed.start + this.secondsBefore,
      end: timed.end + this.secondsBefore,
    });
    return {
      ...later(segment),
      segment: segment.segment + this.segmentsBefore,
      words: segment.words.map(later),
    };
  }
}
