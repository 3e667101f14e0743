/** A model bundle goes in, an engine comes out that turns any number of live streams into text on its worker threads. */
import { setTimeout as delay } from 'node:timers/promises';
import type { AuricleError } from '@auricle/audio';
import { HIGHEST_RATE, LOWEST_RATE, type PcmEncoding } from '@auricle/audio';
import { audioError } from '@auricle/audio/audio-errors';
import { type Bundle, type Precision, readBundle } from '@auricle/bundle';
import {
  DEFAULT_ENDPOINT_RULES,
  type DecodingOptions,
  type EndpointRule,
  type Hotword,
  planDecoding,
  WrittenForm,
  type WrittenFormOptions,
} from '@auricle/decoding';
import { checkNumber } from '@auricle/decoding/options';
import { type BatchRules, DEFAULT_BATCH_RULES } from './batching.js';
import { samplesForChunks } from './chunk-feed.js';
import type { EngineObserver } from './engine-observer.js';
import { asCoded, servingError } from './errors.js';
import { InferenceThread } from './inference-thread.js';
import { isLogMel } from './recogniser.js';
import { RecognitionStream, type StreamListener } from './recognition-stream.js';
import { MOST_ALTERNATIVES } from './results.js';
import type { StreamFormat, WorkerSetup } from './worker-messages.js';

export interface EngineOptions {
  /** folder of a model bundle */
  bundle: string;
  /** default: int8 where there is one */
  precision?: Precision;
  /** threads, each with a session of its own (default 1) */
  workers?: number;
  /** streams open at a time over all workers (default 1,000) */
  maxStreams?: number;
  batchRules?: Partial<BatchRules>;
  endpointRules?: readonly EndpointRule[];
  /** beam, language model, lexicon and hotwords of all streams (default: greedy) */
  decoding?: DecodingOptions;
  /** audio of a stream that is kept at most since its last checkpoint, seconds, so that another worker can go on with it when its own is lost: a
   *  checkpoint is where a segment ends. Past it, and with 0, the stream fails then with AUR_SERVING_WORKER_LOST (default 60) */
  replaySeconds?: number;
  /** how all streams' texts are written (default: as the model says them) */
  writtenForm?: WrittenFormOptions;
}

export interface StreamOptions extends StreamListener {
  /** Hz */
  sampleRate: number;
  /** of the audio pushed (default f32le) */
  encoding?: PcmEncoding;
  /** of this stream instead of the engine's; with them, also with none (`[]`), the stream has a beam */
  hotwords?: readonly Hotword[];
  /** texts for each segment, the best first, in `alternatives` (default 1: none; at most 100); with more than one the stream has a beam */
  alternatives?: number;
  /** of this stream instead of the engine's */
  endpointRules?: readonly EndpointRule[];
  /** of this stream instead of the engine's */
  writtenForm?: WrittenFormOptions;
}

/** Rules that leave segments open for longer are a stream's own wish. */
const DEFAULT_REPLAY_SECONDS = 60;

/** Pause before a worker that could not even load is started again: doubled every time. */
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 30_000;
/** in a row, after which streams no longer wait for a worker */
const MOST_FAILED_LOADS = 3;

/** Reads the bundle, starts the workers and resolves when every one has its model loaded and warm.
 *  @throws AUR_BUNDLE_…, AUR_ONNX_INVALID, AUR_SERVING_MODEL, and the DecodingErrors of `planDecoding` */
export async function createEngine(options: EngineOptions): Promise<Engine> {
  const bundle = await readBundle(options.bundle, { precision: options.precision });
  const written = options.writtenForm && new WrittenForm(options.writtenForm);
  const setup: WorkerSetup = {
    bundle,
    batchRules: { ...DEFAULT_BATCH_RULES, ...options.batchRules },
    endpointRules: options.endpointRules ?? DEFAULT_ENDPOINT_RULES,
    decoding: planDecoding(bundle.tokens, { ...correctionsOf(bundle), ...options.decoding }),
  };
  const { workers = 1, maxStreams = 1000, replaySeconds = DEFAULT_REPLAY_SECONDS } = options;
  checkNumber('engine.replaySeconds', replaySeconds, { low: 0, high: 3600 });
  const engine = new Engine(bundle, setup, { workers, maxStreams, replaySeconds, written });
  try {
    await engine.loaded();
  } catch (error) {
    await engine.close(0);
    throw error;
  }
  return engine;
}

/** What was measured of the bundle's model on development data. */
const correctionsOf = ({ description: { wordTimes, confidence } }: Bundle) => ({ wordTimes, confidence });

interface EnginePlan {
  workers: number;
  maxStreams: number;
  replaySeconds: number;
  written: WrittenForm | undefined;
}

export class Engine {
  private readonly workers: InferenceThread[];
  private nextStream = 1;
  private readonly closing = new AbortController();
  private readonly observers = new Set<EngineObserver>();
  private readonly streams = new Map<number, RecognitionStream>();
  /** Streams whose worker was lost, until another is ready. */
  private readonly homeless = new Set<RecognitionStream>();

  /** @internal Engines come from `createEngine`. */
  constructor(
    readonly bundle: Bundle,
    private readonly setup: WorkerSetup,
    private readonly plan: EnginePlan,
  ) {
    this.workers = Array.from({ length: plan.workers }, () => this.newThread());
  }

  /** @internal Resolves when the first workers are ready; from then on lost ones are replaced. */
  async loaded(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.ready()));
    this.workers.forEach((_, place) => {
      this.keepAlive(place);
    });
  }

  /** True when a stream opened now would be served at once. */
  get isReady(): boolean {
    return !this.closing.signal.aborted && this.workers.some((worker) => worker.isReady);
  }

  get openStreams(): number {
    return this.streams.size;
  }

  /** Streams that may be open at a time. */
  get limit(): number {
    return this.plan.maxStreams;
  }

  /** False when a stream opened now would be refused for want of a place. */
  get hasRoom(): boolean {
    return this.openStreams < this.limit;
  }

  /** Whether speech can be told from silence in what the model takes: streams may then ask for speech events and have rules of quiet. */
  get hearsSpeech(): boolean {
    return isLogMel(this.bundle.interface.frontEnd);
  }

  /** The threads, for those who watch them. */
  get threads(): readonly InferenceThread[] {
    return this.workers;
  }

  /** Tells the observer of every batch and lost worker from now on.
   *  @returns ends it */
  observe(observer: EngineObserver): () => void {
    this.observers.add(observer);
    return () => this.observers.delete(observer);
  }

  /** Opens a stream on the worker with the fewest.
   *  @throws DecodingError AUR_DECODING_OPTION, AUR_AUDIO_RATE, AUR_SERVING_FULL, AUR_SERVING_NOT_READY, AUR_SERVING_SHUTDOWN */
  openStream(options: StreamOptions): RecognitionStream {
    const {
      sampleRate,
      encoding = 'f32le',
      hotwords,
      endpointRules,
      alternatives = 1,
      writtenForm,
      ...listener
    } = options;
    if (this.closing.signal.aborted) throw servingError('AUR_SERVING_SHUTDOWN');
    if (!Number.isInteger(sampleRate) || sampleRate < LOWEST_RATE || sampleRate > HIGHEST_RATE)
      throw audioError('AUR_AUDIO_RATE', { rate: sampleRate, lowest: LOWEST_RATE, highest: HIGHEST_RATE });
    if (!this.hasRoom) throw servingError('AUR_SERVING_FULL', { limit: this.limit });
    const worker = this.leastBusy();
    if (!worker) throw servingError('AUR_SERVING_NOT_READY');
    const id = this.nextStream++;
    const format: StreamFormat = {
      sampleRate,
      encoding,
      logProbs: listener.onLogProbs !== undefined,
      hotwords,
      alternatives: checkNumber('stream.alternatives', alternatives, { low: 1, high: MOST_ALTERNATIVES, whole: true }),
      endpointRules,
      speechEvents: listener.onSpeech !== undefined,
      checkpoints: this.plan.replaySeconds > 0,
    };
    const stream = new RecognitionStream(id, {
      format,
      listener,
      written: writtenForm ? new WrittenForm(writtenForm) : this.plan.written,
      samplesForChunk: samplesForChunks(this.bundle, sampleRate),
      replaySeconds: this.plan.replaySeconds,
      onClosed: () => this.forget(id),
    });
    this.streams.set(id, stream);
    worker.take(stream);
    return stream;
  }

  /** Takes no new streams, waits for the open ones, then ends the workers.
   *  @param limitSeconds after which streams still open fail with AUR_SERVING_SHUTDOWN */
  async close(limitSeconds = 10): Promise<void> {
    this.closing.abort();
    const open = [...this.streams.values()];
    const over = new AbortController();
    await Promise.race([
      Promise.allSettled(open.map((stream) => stream.settled())),
      delay(limitSeconds * 1000, undefined, { signal: over.signal }).catch(() => undefined),
    ]);
    over.abort();
    for (const stream of open) stream.fail(servingError('AUR_SERVING_SHUTDOWN'));
    await Promise.all(this.workers.map((worker) => worker.shutdown()));
  }

  private newThread(): InferenceThread {
    return new InferenceThread(
      this.setup,
      (report) => {
        for (const observer of this.observers) observer.batch?.(report);
      },
      (streams, lost) => {
        for (const stream of streams) this.rehouse(stream, lost);
      },
    );
  }

  private leastBusy(): InferenceThread | undefined {
    const ready = this.workers.filter((worker) => worker.isReady);
    return ready.sort((a, b) => a.streams.size - b.streams.size)[0];
  }

  /** Another worker goes on with the stream as soon as there is one. */
  private rehouse(stream: RecognitionStream, lost: AuricleError): void {
    if (this.closing.signal.aborted || !stream.detach()) {
      stream.fail(lost);
      return;
    }
    const worker = this.leastBusy();
    if (worker) worker.take(stream);
    else this.homeless.add(stream);
  }

  private forget(id: number): void {
    for (const worker of this.workers) worker.streams.delete(id);
    const stream = this.streams.get(id);
    if (stream) this.homeless.delete(stream);
    this.streams.delete(id);
  }

  /** Replaces the worker of a place whenever it ends. */
  private async keepAlive(place: number): Promise<void> {
    let retryMs = FIRST_RETRY_MS;
    let failed = 0;
    for (;;) {
      await this.workers[place].exited();
      if (this.closing.signal.aborted) return;
      for (const observer of this.observers) observer.workerLost?.();
      const replacement = this.newThread();
      this.workers[place] = replacement;
      try {
        await replacement.ready();
        retryMs = FIRST_RETRY_MS;
        failed = 0;
        for (const stream of this.homeless) replacement.take(stream);
        this.homeless.clear();
      } catch (error) {
        const lost = servingError('AUR_SERVING_WORKER_LOST', { reason: asCoded(error).message });
        if (++failed >= MOST_FAILED_LOADS && !this.isReady) for (const stream of [...this.homeless]) stream.fail(lost);
        await delay(retryMs, undefined, { signal: this.closing.signal }).catch(() => undefined);
        retryMs = Math.min(2 * retryMs, LONGEST_RETRY_MS);
      }
    }
  }
}
