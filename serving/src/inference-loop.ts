/** Commands about streams go in, their results come out: takes a chunk of every stream that has one ready and runs them as one batch. */
import { decodePcm } from '@auricle/audio';
import {
  DecoderFactory,
  type DecodingPlan,
  type EndpointRule,
  type Hotword,
  type StreamDecoder,
} from '@auricle/decoding';
import { type BatchRules, batchDelay } from './batching.js';
import { asCoded, servingError } from './errors.js';
import { frameSecondsOf, Recogniser, type RecogniserModel } from './recogniser.js';
import type { LogProbs } from './results.js';
import type { ModelRow, ModelState, StreamingModel } from './streaming-model.js';
import type { FromWorker, StreamFormat, ToWorker } from './worker-messages.js';

/** Audio is worked on in pieces of this size, so that a whole file in one message does not hold up the other streams. */
const PIECE_BYTES = 32_768;

interface Stream {
  id: number;
  format: StreamFormat;
  recogniser: Recogniser;
  decoder: StreamDecoder;
  state: ModelState;
  /** bytes not yet turned into frames */
  audio: Uint8Array[];
  hasEnded: boolean;
  isFinished: boolean;
  chunk: Float32Array | undefined;
  readySince: number;
  /** as told last */
  settledSeconds: number;
}

export interface InferenceLoopOptions {
  model: Pick<StreamingModel, 'run' | 'newState'>;
  bundle: RecogniserModel;
  batchRules: BatchRules;
  endpointRules: readonly EndpointRule[];
  /** default greedy */
  decoding?: DecodingPlan;
  post: (messages: FromWorker[]) => void;
}

export class InferenceLoop {
  private readonly streams = new Map<number, Stream>();
  /** Streams whose audio may give a chunk. */
  private readonly toPull = new Set<Stream>();
  /** Streams with a chunk, oldest first. */
  private ready: Stream[] = [];
  private outbox: FromWorker[] = [];
  private running: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;

  private readonly decoders: DecoderFactory;

  constructor(private readonly options: InferenceLoopOptions) {
    const { bundle, decoding } = options;
    this.decoders = new DecoderFactory(bundle.tokens, { frameSeconds: frameSecondsOf(bundle) }, decoding);
  }

  handle(commands: readonly Exclude<ToWorker, { type: 'shutdown' }>[]): void {
    for (const command of commands) this.handleOne(command);
    this.wake();
  }

  /** Resolves when no run is in work; none starts after that. */
  async stop(): Promise<void> {
    for (const stream of [...this.streams.values()]) this.remove(stream);
    clearTimeout(this.timer);
    await this.running;
  }

  private handleOne(command: Exclude<ToWorker, { type: 'shutdown' }>): void {
    if (command.type === 'open') {
      this.open(command.stream, command.format);
      return;
    }
    const stream = this.streams.get(command.stream);
    // A stream that failed is unknown here while its client's last packets are still on their way.
    if (!stream) return;
    if (command.type === 'abort') {
      this.remove(stream);
      return;
    }
    if (command.type === 'hotwords') {
      this.setHotwords(stream, command.hotwords);
      return;
    }
    if (command.type === 'end') stream.hasEnded = true;
    else
      for (let at = 0; at < command.bytes.length; at += PIECE_BYTES)
        stream.audio.push(command.bytes.subarray(at, at + PIECE_BYTES));
    this.toPull.add(stream);
  }

  private open(id: number, format: StreamFormat): void {
    const { model, bundle, endpointRules } = this.options;
    try {
      const { decoder, problems } = this.decoders.create(format.hotwords, format.alternatives);
      const recogniser = new Recogniser(bundle, { endpointRules, ...recogniserOptions(format), decoder });
      this.streams.set(id, {
        id,
        format,
        recogniser,
        decoder,
        state: model.newState(),
        audio: [],
        hasEnded: false,
        isFinished: false,
        chunk: undefined,
        readySince: 0,
        settledSeconds: 0,
      });
      // Of the engine's own hotwords whoever started the engine is told.
      if (format.hotwords) this.warn(id, problems);
    } catch (error) {
      const { code, message } = asCoded(error);
      this.outbox.push({ type: 'error', stream: id, code, message });
    }
  }

  /** What cannot be done is told, and the stream goes on as it was. */
  private setHotwords(stream: Stream, hotwords: readonly Hotword[]): void {
    try {
      this.warn(stream.id, this.decoders.setHotwords(stream.decoder, hotwords));
    } catch (error) {
      this.warn(stream.id, [asCoded(error)]);
    }
  }

  private warn(stream: number, problems: readonly { code: string; message: string }[]): void {
    for (const { code, message } of problems) this.outbox.push({ type: 'warning', stream, code, message });
  }

  private wake(): void {
    if (this.running) return;
    const batch = this.nextBatch();
    if (batch) this.running = this.runFrom(batch);
  }

  /** Runs this batch and every one that is due after it. */
  private async runFrom(first: readonly Stream[]): Promise<void> {
    // Commands that arrive during a run are taken up before the next batch is made.
    for (let batch: readonly Stream[] | undefined = first; batch; batch = this.nextBatch()) await this.runBatch(batch);
    this.running = undefined;
  }

  /** Does all work on audio, and tells the streams to run now, if it is time to. */
  private nextBatch(): readonly Stream[] | undefined {
    clearTimeout(this.timer);
    this.pullAll();
    this.flush();
    if (this.ready.length === 0) return undefined;
    const delay = batchDelay(this.options.batchRules, {
      ready: this.ready.length,
      open: this.streams.size,
      ending: this.ready.some((stream) => stream.isFinished),
      waitedMs: performance.now() - this.ready[0].readySince,
    });
    if (delay === 0) return this.ready.splice(0, this.options.batchRules.maxBatch);
    this.timer = setTimeout(() => this.wake(), delay);
    return undefined;
  }

  private pullAll(): void {
    for (const stream of this.toPull) {
      try {
        this.pull(stream);
      } catch (error) {
        this.fail(stream, error);
      }
    }
    this.toPull.clear();
  }

  /** Works on a stream's audio until it gives a chunk or there is no more. */
  private pull(stream: Stream): void {
    if (stream.chunk) return;
    let consumed = 0;
    try {
      for (;;) {
        stream.chunk = stream.recogniser.nextChunk();
        if (stream.chunk) break;
        const bytes = stream.audio.shift();
        if (bytes) {
          consumed += bytes.length;
          stream.recogniser.push(decodePcm(bytes, stream.format.encoding));
        } else if (stream.hasEnded && !stream.isFinished) {
          stream.isFinished = true;
          stream.recogniser.finish();
        } else break;
      }
    } finally {
      for (const event of stream.recogniser.takeSpeechEvents())
        this.outbox.push({ type: 'speech', stream: stream.id, event });
      if (consumed > 0) this.outbox.push({ type: 'consumed', stream: stream.id, bytes: consumed });
    }
    if (stream.chunk) {
      stream.readySince = performance.now();
      this.ready.push(stream);
    } else if (stream.isFinished && stream.recogniser.isDone) this.finish(stream);
  }

  private async runBatch(batch: readonly Stream[]): Promise<void> {
    const rows = batch.map((stream): ModelRow => ({ chunk: stream.chunk!, state: stream.state }));
    const started = performance.now();
    let results: LogProbs[];
    try {
      results = await this.options.model.run(rows);
    } catch (error) {
      // One stream's chunk must not take its neighbours along: each gets a run of its own.
      if (batch.length > 1) for (const stream of batch) await this.runBatch([stream]);
      else this.fail(batch[0], servingError('AUR_SERVING_RUN', { reason: (error as Error).message }, { cause: error }));
      return;
    }
    const queueMs = started - batch[0].readySince;
    this.outbox.push({ type: 'batch', streams: batch.length, queueMs, computeMs: performance.now() - started });
    batch.forEach((stream, i) => {
      stream.chunk = undefined;
      // It may have been closed meanwhile.
      if (this.streams.get(stream.id) !== stream) return;
      try {
        this.accept(stream, results[i]);
        this.toPull.add(stream);
      } catch (error) {
        this.fail(stream, error);
      }
    });
  }

  private accept(stream: Stream, logProbs: LogProbs): void {
    const segment = stream.recogniser.accept(logProbs.values, logProbs.frames);
    if (stream.format.logProbs) this.outbox.push({ type: 'logProbs', stream: stream.id, logProbs });
    if (segment) this.outbox.push({ type: 'segment', stream: stream.id, segment });
    const { settledSeconds: seconds } = stream.recogniser;
    if (seconds === stream.settledSeconds) return;
    stream.settledSeconds = seconds;
    this.outbox.push({ type: 'settled', stream: stream.id, seconds });
  }

  private finish(stream: Stream): void {
    this.remove(stream);
    this.outbox.push({ type: 'done', stream: stream.id, audioSeconds: stream.recogniser.audioSeconds });
  }

  private fail(stream: Stream, error: unknown): void {
    if (this.streams.get(stream.id) !== stream) return;
    this.remove(stream);
    const { code, message } = asCoded(error);
    this.outbox.push({ type: 'error', stream: stream.id, code, message });
  }

  private remove(stream: Stream): void {
    this.streams.delete(stream.id);
    this.toPull.delete(stream);
    this.ready = this.ready.filter((other) => other !== stream);
  }

  private flush(): void {
    if (this.outbox.length === 0) return;
    this.options.post(this.outbox);
    this.outbox = [];
  }
}

/** What of a stream's format its recogniser needs; what the stream does not say is left to the engine. */
const recogniserOptions = ({ sampleRate, alternatives, speechEvents, endpointRules }: StreamFormat) => ({
  sampleRate,
  alternatives,
  speechEvents,
  ...(endpointRules && { endpointRules }),
});
