/** A stream as its user holds it: audio goes in, segments come out by callback, the whole transcript at its end. */
import { AuricleError } from '@auricle/audio';
import type { Hotword, SpeechEvent, WrittenForm } from '@auricle/decoding';
import { type Deferred, deferred } from './deferred.js';
import { servingError } from './errors.js';
import { type LogProbs, type Segment, type Transcript, writtenSegment } from './results.js';
import type { FromWorker, StreamFormat, ToWorker } from './worker-messages.js';

export interface StreamListener {
  /** a segment that grew, or a final one */
  onSegment?: (segment: Segment) => void;
  /** speech started or ended, by the energy of the audio alone; told as soon as the audio is there, before its words */
  onSpeech?: (event: SpeechEvent) => void;
  /** every segment that needs the audio before this time has been given: what is lost after it can be made good by a stream that starts there */
  onSettled?: (seconds: number) => void;
  onLogProbs?: (logProbs: LogProbs) => void;
  /** something that was asked for could not be done, and the stream goes on without it */
  onWarning?: (warning: AuricleError) => void;
  /** the stream failed: nothing comes after this */
  onError?: (error: AuricleError) => void;
}

type StreamMessage = Extract<FromWorker, { stream: number }>;
type StreamCommand = Exclude<ToWorker, { type: 'shutdown' | 'open' }>;
/** @internal */
export type StreamSender = (command: StreamCommand) => void;

export class RecognitionStream {
  private state: 'open' | 'ending' | 'closed' = 'open';
  private failure: AuricleError | undefined;
  private pending = 0;
  private readonly finals: Segment[] = [];
  private readonly transcript = deferred<Transcript>();
  private waiting: Deferred<void> | undefined;

  /** @internal Streams come from `Engine.openStream`. */
  constructor(
    readonly id: number,
    readonly format: StreamFormat,
    private readonly listener: StreamListener,
    private readonly send: StreamSender,
    private readonly written?: WrittenForm,
  ) {
    // Whoever never calls `finish` hears of failures by `onError`.
    this.transcript.promise.catch(() => undefined);
  }

  /** Bytes pushed that no worker has taken yet. */
  get pendingBytes(): number {
    return this.pending;
  }

  /** @param audio whole samples in the stream's encoding; Float32Array for `f32le`. The bytes are copied. After a failure they are dropped.
   *  @throws AUR_SERVING_CLOSED after `finish` or `close` */
  push(audio: Uint8Array | Float32Array): void {
    if (this.failure) return;
    if (this.state !== 'open') throw servingError('AUR_SERVING_CLOSED', { what: 'audio' });
    // A copy of its own, for it moves to the worker; a Buffer is often a view of a pool.
    const bytes = new Uint8Array(new Uint8Array(audio.buffer, audio.byteOffset, audio.byteLength));
    if (bytes.length === 0) return;
    this.pending += bytes.length;
    this.send({ type: 'audio', stream: this.id, bytes });
  }

  /** Takes other hotwords; they hold for the segment under way and those after it. What cannot be used comes by `onWarning`, the rest is used.
   *  Streams that were opened with hotwords (also none: `[]`) or whose engine has a beam can change them, others are warned.
   *  @throws AUR_SERVING_CLOSED after `finish` or `close` */
  setHotwords(hotwords: readonly Hotword[]): void {
    if (this.failure) return;
    if (this.state !== 'open') throw servingError('AUR_SERVING_CLOSED', { what: 'hotwords' });
    this.send({ type: 'hotwords', stream: this.id, hotwords });
  }

  /** Resolves when less than half of `limit` bytes wait for the worker: what a fast sender waits for between pushes.
   *  Resolves on failure too. */
  async drained(limit: number): Promise<void> {
    while (this.pending > limit / 2 && this.state !== 'closed') {
      this.waiting ??= deferred<void>();
      await this.waiting.promise;
    }
  }

  /** Ends the audio.
   *  @returns everything that was said, when the last chunk is through
   *  @throws the stream's failure */
  finish(): Promise<Transcript> {
    if (this.state === 'open') {
      this.state = 'ending';
      this.send({ type: 'end', stream: this.id });
    }
    return this.transcript.promise;
  }

  /** Resolves when the stream is over, well or not. */
  async settled(): Promise<void> {
    await this.transcript.promise.catch(() => undefined);
  }

  /** Drops the stream; what is in work is lost. */
  close(): void {
    if (this.state === 'closed') return;
    this.send({ type: 'abort', stream: this.id });
    this.end(servingError('AUR_SERVING_CLOSED', { what: 'results' }));
  }

  /** @internal */
  handle(message: StreamMessage): void {
    if (this.state === 'closed') return;
    switch (message.type) {
      case 'consumed':
        this.pending -= message.bytes;
        this.wakeWaiting();
        break;
      case 'segment': {
        const segment = this.written ? writtenSegment(message.segment, this.written) : message.segment;
        if (segment.isFinal) this.finals.push(segment);
        this.listener.onSegment?.(segment);
        break;
      }
      case 'speech':
        this.listener.onSpeech?.(message.event);
        break;
      case 'settled':
        this.listener.onSettled?.(message.seconds);
        break;
      case 'logProbs':
        this.listener.onLogProbs?.(message.logProbs);
        break;
      case 'warning':
        this.listener.onWarning?.(new AuricleError(message.code as `AUR_${string}`, message.message));
        break;
      case 'done':
        this.state = 'closed';
        this.transcript.resolve({
          text: this.finals
            .map(({ text }) => text)
            .filter((text) => text !== '')
            .join(' '),
          segments: this.finals,
          audioSeconds: message.audioSeconds,
        });
        break;
      case 'error':
        this.fail(new AuricleError(message.code as `AUR_${string}`, message.message));
    }
  }

  /** @internal */
  fail(error: AuricleError): void {
    if (this.state === 'closed') return;
    this.end(error);
    this.listener.onError?.(error);
  }

  private end(error: AuricleError): void {
    this.state = 'closed';
    this.failure = error;
    this.pending = 0;
    this.wakeWaiting();
    this.transcript.reject(error);
  }

  private wakeWaiting(): void {
    this.waiting?.resolve();
    this.waiting = undefined;
  }
}
