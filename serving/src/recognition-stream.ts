/** A stream as its user holds it: audio goes in, segments come out by callback, the whole transcript at its end. */
import { AuricleError, type PcmEncoding } from '@auricle/audio';
import type { Hotword, SpeechEvent, WrittenForm } from '@auricle/decoding';
import { AudioTape } from './audio-tape.js';
import type { Checkpoint } from './checkpoint.js';
import { type Deferred, deferred } from './deferred.js';
import { servingError } from './errors.js';
import { type LogProbs, type Segment, type Transcript, writtenSegment } from './results.js';
import type { OpenCommand, StreamCommand, StreamFormat, StreamMessage } from './worker-messages.js';
import { bytesOfSample } from './worker-stream.js';

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

type ToStream = OpenCommand | StreamCommand;
type SentCommand = WithoutStream<ToStream>;
type WithoutStream<T> = T extends unknown ? Omit<T, 'stream'> : never;

/** @internal Sends to the worker that has the stream. */
export type StreamSender = (command: ToStream) => void;

/** @internal */
export interface StreamPlan {
  format: StreamFormat;
  listener: StreamListener;
  written?: WrittenForm;
  /** samples of a stream that complete a chunk, by its number */
  samplesForChunk: (chunk: number) => number;
  /** audio that is kept at most since the last checkpoint, seconds; 0: the stream cannot be replayed */
  replaySeconds: number;
  /** the stream is over for whoever listens; its worker may still have it */
  onClosed: () => void;
}

/** Workers that may be lost between two checkpoints: past them it may well be the stream's audio that they are lost by. */
const MOST_REPLAYS = 10;

export class RecognitionStream {
  private state: 'open' | 'ending' | 'closed' = 'open';
  private failure: AuricleError | undefined;
  private readonly finals: Segment[] = [];
  private readonly transcript = deferred<Transcript>();
  private waiting: Deferred<void> | undefined;
  private send: StreamSender | undefined;
  private readonly tape = new AudioTape();
  private readonly sampleBytes: number;
  private sentBytes = 0;
  private consumedBytes = 0;
  /** Where the stretch under way began (a finalize starts another), and the chunk that its next audio is for. */
  private stretchBytes = 0;
  private nextChunk = 0;
  private checkpoint: Checkpoint | undefined;
  private replays = 0;
  private hotwords: readonly Hotword[] | undefined;
  private readonly finalizing: { bytes: number; done: Deferred<void> }[] = [];
  /** What has been told, so that a replay does not tell it again. */
  private toldChunks = 0;
  private toldLogProbs = 0;
  private toldEvents = 0;
  private toldSettled = 0;

  /** @internal Streams come from `Engine.openStream`. */
  constructor(
    readonly id: number,
    private readonly plan: StreamPlan,
  ) {
    this.sampleBytes = bytesOfSample(plan.format.encoding);
    // Whoever never calls `finish` hears of failures by `onError`.
    this.transcript.promise.catch(() => undefined);
  }

  get format(): StreamFormat {
    return this.plan.format;
  }

  /** Bytes pushed that no worker has taken yet. */
  get pendingBytes(): number {
    return this.failure ? 0 : Math.max(0, this.tape.length - this.consumedBytes);
  }

  /** Seconds of audio that a worker has got and not taken yet. */
  get pendingSeconds(): number {
    return Math.max(0, this.sentBytes - this.consumedBytes) / this.sampleBytes / this.format.sampleRate;
  }

  /** @param audio whole samples in the stream's encoding; Float32Array for `f32le`. The bytes are copied. After a failure they are dropped.
   *  @throws AUR_SERVING_CLOSED after `finish` or `close` */
  push(audio: Uint8Array | Float32Array): void {
    if (this.failure) return;
    if (this.state !== 'open') throw servingError('AUR_SERVING_CLOSED', { what: 'audio' });
    if (audio.byteLength === 0) return;
    this.tape.push(new Uint8Array(audio.buffer, audio.byteOffset, audio.byteLength));
    // What is no audio is for the worker to refuse, at once.
    if (this.isDue() || !isPcm(audio, this.format.encoding)) this.sendAudio();
  }

  /** Takes other hotwords; they hold for the segment under way and those after it. What cannot be used comes by `onWarning`, the rest is used.
   *  Streams that were opened with hotwords (also none: `[]`) or whose engine has a beam can change them, others are warned.
   *  @throws AUR_SERVING_CLOSED after `finish` or `close` */
  setHotwords(hotwords: readonly Hotword[]): void {
    if (this.failure) return;
    if (this.state !== 'open') throw servingError('AUR_SERVING_CLOSED', { what: 'hotwords' });
    this.hotwords = hotwords;
    this.sendAudio();
    this.sendCommand({ type: 'hotwords', hotwords });
  }

  /** What was said up to now becomes final at once, and the stream goes on: what is pushed from now on is heard as a stream of its own would be, with
   *  times that go on. Speech that is under way ends for `onSpeech`.
   *  @returns when all of it has been told by `onSegment`
   *  @throws the stream's failure; AUR_SERVING_CLOSED after `finish` or `close` */
  finalize(): Promise<void> {
    if (this.failure) return Promise.reject(this.failure);
    if (this.state !== 'open') throw servingError('AUR_SERVING_CLOSED', { what: 'finalize' });
    this.sendAudio();
    const done = deferred<void>();
    // Failures come by `onError` too.
    done.promise.catch(() => undefined);
    this.finalizing.push({ bytes: this.tape.length, done });
    this.stretchBytes = this.tape.length;
    this.nextChunk = 0;
    this.sendCommand({ type: 'finalize' });
    return done.promise;
  }

  /** Resolves when less than half of `limit` bytes wait for the worker: what a fast sender waits for between pushes.
   *  Resolves on failure too. */
  async drained(limit: number): Promise<void> {
    if (this.state === 'open') this.sendAudio();
    while (this.pendingBytes > limit / 2 && this.state !== 'closed') {
      this.waiting ??= deferred<void>();
      await this.waiting.promise;
    }
  }

  /** Ends the audio.
   *  @returns everything that was said, when the last chunk is through
   *  @throws the stream's failure */
  finish(): Promise<Transcript> {
    if (this.state === 'open') {
      this.sendAudio();
      this.state = 'ending';
      this.sendCommand({ type: 'end' });
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
    this.sendCommand({ type: 'abort' });
    this.end(servingError('AUR_SERVING_CLOSED', { what: 'results' }));
  }

  /** @internal Goes on in a worker that does not know the stream: from its last checkpoint, or from its start. */
  attach(send: StreamSender): void {
    const isReplay = this.replays > 0;
    this.send = send;
    const { checkpoint, hotwords } = this;
    this.sendCommand({ type: 'open', format: this.format, isReplay, checkpoint });
    if (isReplay && hotwords) this.sendCommand({ type: 'hotwords', hotwords, isReplay });
    let at = checkpoint?.bytes ?? 0;
    for (const { bytes } of this.finalizing) {
      this.sendBetween(at, bytes);
      this.sendCommand({ type: 'finalize' });
      at = bytes;
    }
    this.sendBetween(at, this.sentBytes);
    if (this.state === 'ending') this.sendCommand({ type: 'end' });
  }

  /** @internal The worker is lost.
   *  @returns whether another can go on with the stream */
  detach(): boolean {
    this.send = undefined;
    return this.replays++ < MOST_REPLAYS && this.isReplayable;
  }

  /** @internal */
  handle(message: StreamMessage): void {
    if (this.state === 'closed') return;
    const { listener, written } = this.plan;
    switch (message.type) {
      case 'consumed':
        this.consumedBytes = Math.max(this.consumedBytes, message.bytes);
        this.release();
        this.wakeWaiting();
        break;
      case 'segment': {
        // A final comes with a checkpoint, after which there is nothing of it to replay.
        if (!message.segment.isFinal && message.chunk <= this.toldChunks) return;
        this.toldChunks = Math.max(this.toldChunks, message.chunk);
        const segment = written ? writtenSegment(message.segment, written) : message.segment;
        if (segment.isFinal) this.finals.push(segment);
        listener.onSegment?.(segment);
        break;
      }
      case 'speech':
        if (message.index < this.toldEvents) return;
        this.toldEvents = message.index + 1;
        listener.onSpeech?.(message.event);
        break;
      case 'settled':
        if (message.seconds <= this.toldSettled) return;
        this.toldSettled = message.seconds;
        listener.onSettled?.(message.seconds);
        break;
      case 'logProbs':
        if (message.chunk <= this.toldLogProbs) return;
        this.toldLogProbs = message.chunk;
        listener.onLogProbs?.(message.logProbs);
        break;
      case 'warning':
        listener.onWarning?.(new AuricleError(message.code as `AUR_${string}`, message.message));
        break;
      case 'checkpoint':
        this.checkpoint = message.checkpoint;
        this.replays = 0;
        this.release();
        break;
      case 'finalized':
        this.finalizing.shift()?.done.resolve();
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
        this.plan.onClosed();
        break;
      case 'error':
        this.fail(new AuricleError(message.code as `AUR_${string}`, message.message));
    }
  }

  /** @internal */
  fail(error: AuricleError): void {
    if (this.state === 'closed') return;
    this.end(error);
    this.plan.listener.onError?.(error);
  }

  private end(error: AuricleError): void {
    this.state = 'closed';
    this.failure = error;
    this.tape.release(this.tape.length);
    this.wakeWaiting();
    this.transcript.reject(error);
    for (const { done } of this.finalizing.splice(0)) done.reject(error);
    this.plan.onClosed();
  }

  /** Packets are held back until they complete a chunk: before that the model can do nothing with them. Who wants to hear of speech at once gets
   *  every packet there at once. */
  private isDue(): boolean {
    if (this.format.speechEvents) return true;
    const samples = (this.tape.length - this.stretchBytes) / this.sampleBytes;
    if (samples < this.plan.samplesForChunk(this.nextChunk)) return false;
    while (samples >= this.plan.samplesForChunk(this.nextChunk)) this.nextChunk++;
    return true;
  }

  private sendAudio(): void {
    const { sentBytes } = this;
    this.sentBytes = this.tape.length;
    if (this.send) this.sendBetween(sentBytes, this.sentBytes);
  }

  private sendBetween(from: number, to: number): void {
    for (const bytes of this.tape.between(from, to)) this.sendCommand({ type: 'audio', bytes });
  }

  private sendCommand(command: SentCommand): void {
    this.send?.({ ...command, stream: this.id } as ToStream);
  }

  private get isReplayable(): boolean {
    return this.plan.replaySeconds > 0 && this.tape.start <= (this.checkpoint?.bytes ?? 0);
  }

  /** Lets go of audio that no replay needs, and where there is too much of it since the last checkpoint, of the stream's being replayable until the next. */
  private release(): void {
    const needed = this.checkpoint?.bytes ?? 0;
    const seconds = (this.consumedBytes - needed) / this.sampleBytes / this.format.sampleRate;
    this.tape.release(seconds <= this.plan.replaySeconds ? needed : this.consumedBytes);
  }

  private wakeWaiting(): void {
    this.waiting?.resolve();
    this.waiting = undefined;
  }
}

/** Whether the bytes are whole samples, and none of them infinite or no number. */
function isPcm(audio: Uint8Array | Float32Array, encoding: PcmEncoding): boolean {
  if (audio.byteLength % bytesOfSample(encoding) !== 0) return false;
  if (encoding !== 'f32le') return true;
  const view = new DataView(audio.buffer, audio.byteOffset, audio.byteLength);
  for (let at = 0; at < audio.byteLength; at += 4) if (!Number.isFinite(view.getFloat32(at, true))) return false;
  return true;
}
