/** A server's address goes in, a stream comes out that outlives its connections: what a lost one owed is asked of the next. */
import { type Connection, connect } from './connection.js';
import { type Deferred, deferred } from './deferred.js';
import { DeliveredWords } from './delivered-words.js';
import { type ClientError, clientError, isPassing } from './errors.js';
import type {
  DoneMessage,
  FinalMessage,
  Hotword,
  PartialMessage,
  ReadyMessage,
  ServerMessage,
  WarningMessage,
} from './messages.js';
import { type LiveStreamOptions, type ReconnectOptions, reconnectOptions, type StreamOptions } from './options.js';
import { type Audio, bytesPerSample, toBytes } from './pcm.js';
import { ResultQueue } from './result-queue.js';
import { segmentAt } from './segment-at.js';
import { UnsettledAudio } from './unsettled-audio.js';

/** The connection is lost; audio is kept, and another connection is tried for. */
export interface InterruptedMessage {
  type: 'interrupted';
  reason: ClientError;
}

/** Another connection is open, and goes on from this time. */
export interface ResumedMessage {
  type: 'resumed';
  from: number;
}

/** Times are seconds from the stream's start and segments are counted over all connections. */
export type LiveResult =
  | PartialMessage
  | FinalMessage
  | WarningMessage
  | InterruptedMessage
  | ResumedMessage
  | DoneMessage;

/** What a connection is told again of what its predecessor has settled, so that it goes on with the same memory. */
const MEMORY_SECONDS = 4;
/** Bytes of a message; servers take at least this many. */
const MOST_MESSAGE_BYTES = 32 * 1024;
/** Bytes not yet sent at which a fast sender is to pause. */
const MOST_WAITING_BYTES = 256 * 1024;

/** Opens a stream that reconnects.
 *  @param url of the server (`http://…` or `ws://…`)
 *  @throws AUR_CLIENT_OPTION, AUR_CLIENT_CONNECTION, or the coded error with which the server refused the stream: the first connection is tried for once */
export async function openStream(url: string | URL, options: LiveStreamOptions): Promise<LiveStream> {
  const { reconnect, ...start } = options;
  const rules = reconnectOptions(reconnect);
  const connection = await connect(url, { ...start, acknowledge: rules !== undefined });
  return new LiveStream(url, start, rules, connection);
}

/** A place in the audio that everything before is asked for at once. */
interface Mark {
  /** bytes from the stream's start */
  at: number;
  /** over this connection */
  isSent: boolean;
  done: Deferred<void>;
}

export class LiveStream implements AsyncIterable<LiveResult> {
  private readonly results = new ResultQueue<LiveResult>();
  private readonly audio = new UnsettledAudio();
  private readonly delivered = new DeliveredWords();
  private readonly bytesPerSecond: number;
  /** Where this connection's audio starts and how far it has been sent, and before which its predecessors have settled it all, bytes. */
  private from = 0;
  private sent = 0;
  private settled = 0;
  /** Of the audio that is heard on its own: from the start or a finalize on, bytes. */
  private stretchStart = 0;
  private segments = 0;
  private readonly marks: Mark[] = [];
  private hasEnded = false;
  private hotwords: readonly Hotword[] | undefined;
  /** Failures since something new was heard, and up to where it was. */
  private failures = 0;
  private heardSeconds = 0;
  private moreToSend: Deferred<void> | undefined;
  private roomToSend: Deferred<void> | undefined;
  private pausing: Deferred<void> | undefined;
  private isConnected = true;
  /** What the connection is to start from must not be forgotten now. */
  private isConnecting = false;
  private connection: Connection;

  /** @internal Streams come from `openStream`. */
  constructor(
    private readonly url: string | URL,
    private readonly options: StreamOptions,
    private readonly rules: ReconnectOptions | undefined,
    connection: Connection,
  ) {
    this.connection = connection;
    this.hotwords = options.hotwords;
    this.bytesPerSecond = options.sampleRate * bytesPerSample(this.encoding);
    void this.run();
  }

  /** What the server of this connection said when it took the stream. */
  get ready(): ReadyMessage {
    return this.connection.ready;
  }

  /** Seconds of audio so far. */
  get audioSeconds(): number {
    return this.audio.end / this.bytesPerSecond;
  }

  /** Takes audio; while there is no connection it is kept. Resolves when there is room for more, which is what a fast sender waits for.
   *  After a failure, which shows in the results, audio is dropped.
   *  @throws AUR_CLIENT_CLOSED after `end`, AUR_CLIENT_OPTION */
  async send(audio: Audio): Promise<void> {
    if (this.hasEnded) throw clientError('AUR_CLIENT_CLOSED', { what: 'audio' });
    if (this.results.isOver) return;
    this.audio.append(toBytes(audio, this.encoding));
    this.forgetOldAudio();
    this.wakePump();
    if (this.audio.end - this.sent <= MOST_WAITING_BYTES) return;
    this.roomToSend ??= deferred<void>();
    await this.roomToSend.promise;
  }

  /** Takes other hotwords, for the segment under way and those after it; what cannot be used comes as a `warning`. */
  setHotwords(hotwords: readonly Hotword[]): void {
    this.hotwords = hotwords;
    this.connection.setHotwords(hotwords);
  }

  /** What was said up to now becomes final at once, and the stream goes on.
   *  @returns when all of it has come, as results to be read
   *  @throws the stream's failure, AUR_CLIENT_CLOSED after `end` */
  finalize(): Promise<void> {
    const done = deferred<void>();
    if (this.hasEnded || this.results.isOver) done.reject(clientError('AUR_CLIENT_CLOSED', { what: 'finalize' }));
    else this.marks.push({ at: this.audio.end, isSent: false, done });
    // Failures show in the results too.
    done.promise.catch(() => undefined);
    this.wakePump();
    return done.promise;
  }

  /** Says that there is no more audio; the results end with `done`. */
  end(): void {
    this.hasEnded = true;
    this.wakePump();
  }

  /** Leaves at once; the results end where they are. */
  close(): void {
    this.hasEnded = true;
    this.results.end();
    this.failMarks(clientError('AUR_CLIENT_CLOSED', { what: 'results' }));
    this.connection.close();
    this.wakePump();
    this.wakeSender();
    this.pausing?.resolve();
  }

  /** To be read once. Ends after `done`; throws the server's coded error, or AUR_CLIENT_CONNECTION when there is no other connection to be had. */
  [Symbol.asyncIterator](): AsyncGenerator<LiveResult> {
    return this.results[Symbol.asyncIterator]();
  }

  private get encoding() {
    return this.options.encoding ?? 's16le';
  }

  private toBytes(seconds: number): number {
    return Math.round(seconds * this.options.sampleRate) * bytesPerSample(this.encoding);
  }

  private async run(): Promise<void> {
    try {
      for (let lost = await this.serve(); lost; lost = await this.serve()) await this.takeUpAgain(lost);
      this.results.end();
    } catch (error) {
      this.results.fail(error);
      this.failMarks(error);
    }
    this.wakeSender();
  }

  /** Lives with one connection.
   *  @returns why it is lost, where another may go on with the stream; undefined at the stream's end
   *  @throws what another connection would not mend */
  private async serve(): Promise<ClientError | undefined> {
    const { connection } = this;
    this.isConnected = true;
    const pumping = this.pump(connection);
    try {
      for await (const message of connection.results) this.handle(message);
      return undefined;
    } catch (error) {
      if (this.results.isOver) return undefined;
      if (!this.rules || !isPassing(error)) throw error;
      this.results.push({ type: 'interrupted', reason: error as ClientError });
      return error as ClientError;
    } finally {
      this.isConnected = false;
      connection.close();
      this.wakePump();
      await pumping;
    }
  }

  /** Sends what there is and what comes, until the end of the audio or of the connection. */
  private async pump(connection: Connection): Promise<void> {
    while (this.isConnected) {
      const end = this.nextMark?.at ?? Number.POSITIVE_INFINITY;
      for (const piece of this.audio.from(this.sent, Math.min(MOST_MESSAGE_BYTES, end - this.sent))) {
        const part = piece.subarray(0, end - this.sent);
        if (part.length === 0) break;
        this.sent += part.length;
        await connection.send(part);
        if (!this.isConnected) return;
        if (!this.rules) this.audio.dropTo(this.sent);
        if (part.length < piece.length) break;
      }
      this.wakeSender();
      const mark = this.nextMark;
      if (mark) {
        if (this.sent < mark.at) continue;
        mark.isSent = true;
        connection.finalize();
        continue;
      }
      if (this.hasEnded) {
        connection.end();
        return;
      }
      this.moreToSend = deferred<void>();
      await this.moreToSend.promise;
    }
  }

  /** Opens another connection, which starts from the audio that is not settled.
   *  @throws the latest failure when there have been too many, and at once what would come again */
  private async takeUpAgain(lost: ClientError): Promise<void> {
    let failure: unknown = lost;
    while (this.failures < this.rules!.attempts) {
      await this.pauseBeforeAttempt(this.failures++);
      if (this.results.isOver) return;
      try {
        const { options, hotwords } = this;
        this.from = this.memoryStart;
        this.sent = this.from;
        const heardSeconds = Math.max(0, this.settled - this.from) / this.bytesPerSecond;
        this.isConnecting = true;
        this.connection = await connect(this.url, { ...options, hotwords, acknowledge: true, heardSeconds });
        // It may have been closed meanwhile.
        if (this.results.isOver) this.connection.close();
        else this.startAgain();
        return;
      } catch (error) {
        if (!isPassing(error)) throw error;
        failure = error;
      } finally {
        this.isConnecting = false;
      }
    }
    throw failure;
  }

  /** Whole chunks before what is settled, so that the audio is cut into the same ones; nothing is remembered over a finalize. */
  private get memoryStart(): number {
    const { chunkSeconds } = this.ready;
    const chunks = Math.ceil(MEMORY_SECONDS / chunkSeconds);
    return Math.max(this.audio.start, this.stretchStart, this.settled - this.toBytes(chunks * chunkSeconds));
  }

  private startAgain(): void {
    for (const mark of this.marks) mark.isSent = false;
    this.delivered.startAgain();
    const from = Math.max(this.from, this.settled) / this.bytesPerSecond;
    const lost = from - Math.max(this.settled / this.bytesPerSecond, this.delivered.end);
    if (lost > 0) {
      const { code, message } = clientError('AUR_CLIENT_AUDIO_LOST', {
        seconds: lost.toFixed(2),
        until: from.toFixed(2),
      });
      this.results.push({ type: 'warning', code, message });
    }
    this.results.push({ type: 'resumed', from });
  }

  private async pauseBeforeAttempt(failures: number): Promise<void> {
    if (failures === 0) return;
    const { firstDelayMs, longestDelayMs } = this.rules!;
    const longest = Math.min(longestDelayMs, firstDelayMs * 2 ** (failures - 1));
    this.pausing = deferred<void>();
    // Clients that a server lost all at once shall not all come back at once.
    const timer = setTimeout(this.pausing.resolve, longest * (0.5 + Math.random() / 2));
    await this.pausing.promise;
    clearTimeout(timer);
  }

  private handle(message: ServerMessage): void {
    const offset = this.from / this.bytesPerSecond;
    switch (message.type) {
      case 'settled':
        this.settle(message.seconds);
        break;
      case 'partial':
      case 'final':
        this.handleSegment(segmentAt(message, { offset, segment: this.segments, known: 0 }));
        break;
      case 'warning':
        this.results.push(message);
        break;
      case 'finalized':
        this.closeMark();
        break;
      case 'done':
        this.results.push({ type: 'done', audioSeconds: this.audioSeconds, segments: this.segments });
    }
  }

  /** @param seconds from the connection's start */
  private settle(seconds: number): void {
    this.settled = this.from + this.toBytes(seconds);
    this.audio.dropTo(this.memoryStart);
    const streamSeconds = this.settled / this.bytesPerSecond;
    this.delivered.settle(streamSeconds);
    this.countAsHeard(streamSeconds);
  }

  private closeMark(): void {
    const mark = this.marks.shift();
    if (!mark) return;
    this.stretchStart = mark.at;
    mark.done.resolve();
  }

  private handleSegment(message: PartialMessage | FinalMessage): void {
    const { words } = message;
    const known = this.delivered.countKnown(words);
    if (message.type === 'final') this.delivered.take(words);
    this.countAsHeard(message.end);
    if (known > 0 && known === words.length) return;
    this.results.push(segmentAt(message, { offset: 0, segment: this.segments, known }));
    if (message.type === 'final') this.segments++;
  }

  private get nextMark(): Mark | undefined {
    return this.marks.find(({ isSent }) => !isSent);
  }

  private failMarks(error: unknown): void {
    for (const { done } of this.marks.splice(0)) done.reject(error);
  }

  /** A connection that brings the stream on is a good one, however short it lasts. */
  private countAsHeard(seconds: number): void {
    if (seconds <= this.heardSeconds) return;
    this.heardSeconds = seconds;
    this.failures = 0;
  }

  /** Without a connection there is a limit to what is kept; with one, only what was sent has one. */
  private forgetOldAudio(): void {
    if (!this.rules) return;
    const oldest = this.audio.end - this.toBytes(this.rules.keepSeconds);
    this.audio.dropTo(this.isConnected || this.isConnecting ? Math.min(oldest, this.sent) : oldest);
  }

  private wakePump(): void {
    this.moreToSend?.resolve();
  }

  private wakeSender(): void {
    this.roomToSend?.resolve();
    this.roomToSend = undefined;
  }
}
