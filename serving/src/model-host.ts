/** One model's streams go in; they are placed on its worker threads, and on others when these are lost, until the model is retired. */
import { setTimeout as delay } from 'node:timers/promises';
import type { AuricleError } from '@auricle/audio';
import type { Bundle } from '@auricle/bundle';
import { Capacity } from './capacity.js';
import { chunkSecondsOf } from './chunk-feed.js';
import type { EngineObserver } from './engine-observer.js';
import { asCoded, servingError } from './errors.js';
import { InferenceThread } from './inference-thread.js';
import type { RecognitionStream } from './recognition-stream.js';
import type { WorkerSetup } from './worker-messages.js';

/** Pause before a worker that could not even load is started again: doubled every time. */
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 30_000;
/** in a row, after which streams no longer wait for a worker */
const MOST_FAILED_LOADS = 3;

export class ModelHost {
  readonly workers: InferenceThread[] = [];
  readonly streams = new Map<number, RecognitionStream>();
  private readonly capacity: Capacity;
  private readonly closing = new AbortController();
  /** Streams without a worker, until one is ready. */
  private readonly homeless = new Set<RecognitionStream>();
  private loading: Promise<void> | undefined;
  private isUp = false;

  constructor(
    readonly setup: WorkerSetup,
    private readonly threads: number,
    private readonly liveShare: number | undefined,
    private readonly observers: ReadonlySet<EngineObserver>,
  ) {
    this.capacity = new Capacity({ chunkMs: 1000 * chunkSecondsOf(setup.bundle), share: liveShare ?? 1 });
  }

  get bundle(): Bundle {
    return this.setup.bundle;
  }

  /** True when a stream taken now is served at once. */
  get isReady(): boolean {
    return this.workers.some((worker) => worker.isReady);
  }

  /** True when a stream taken now is served, at once or when the model has loaded. */
  get takesStreams(): boolean {
    return !this.isUp || this.isReady;
  }

  /** Live streams that may be open, as far as is known now. */
  get liveCapacity(): number {
    return this.liveShare === undefined ? Number.POSITIVE_INFINITY : this.capacity.streams(this.threads);
  }

  get hasLiveRoom(): boolean {
    if (this.liveShare === undefined) return true;
    let live = 0;
    for (const { format } of this.streams.values()) if (!format.isRecording) live++;
    return live < this.liveCapacity && !(this.capacity.isOver && live > 0);
  }

  /** Starts the workers, once; lost ones are replaced from then on.
   *  @returns when every one has the model loaded and warm
   *  @throws AUR_SERVING_MODEL, AUR_SERVING_WORKER_LOST; it may be tried again */
  load(): Promise<void> {
    this.loading ??= this.start();
    return this.loading;
  }

  take(stream: RecognitionStream): void {
    this.streams.set(stream.id, stream);
    this.place(stream);
    // Its failure is told to the streams.
    if (!this.isUp) this.load().catch(() => undefined);
  }

  forget(stream: RecognitionStream): void {
    this.streams.delete(stream.id);
    this.homeless.delete(stream);
    for (const worker of this.workers) worker.streams.delete(stream.id);
  }

  /** Ends the workers when the last stream is over; no other may be taken. */
  async retire(): Promise<void> {
    while (this.streams.size > 0) await Promise.all([...this.streams.values()].map((stream) => stream.settled()));
    await this.close();
  }

  /** Ends the workers. Streams that lose theirs from now on fail. */
  async close(): Promise<void> {
    this.closing.abort();
    await Promise.all(this.workers.map((worker) => worker.shutdown()));
  }

  /** Streams that are lost from now on fail. */
  stopReplacing(): void {
    this.closing.abort();
  }

  private async start(): Promise<void> {
    this.workers.push(...Array.from({ length: this.threads }, () => this.newThread()));
    try {
      await Promise.all(this.workers.map((worker) => worker.ready()));
    } catch (error) {
      await Promise.all(this.workers.splice(0).map((worker) => worker.shutdown()));
      this.loading = undefined;
      for (const stream of [...this.homeless]) stream.fail(asCoded(error));
      throw error;
    }
    this.isUp = true;
    this.placeHomeless();
    this.workers.forEach((_, place) => {
      this.keepAlive(place);
    });
  }

  private newThread(): InferenceThread {
    return new InferenceThread(
      this.setup,
      (report) => {
        this.capacity.add(report);
        for (const observer of this.observers) observer.batch?.(report);
      },
      (trials) => this.capacity.addTrials(trials),
      (streams, lost) => {
        for (const stream of streams) this.rehouse(stream, lost);
      },
    );
  }

  private place(stream: RecognitionStream): void {
    const ready = this.workers.filter((worker) => worker.isReady).map((worker) => ({ worker, load: worker.load }));
    const [least] = ready.sort((a, b) => a.load - b.load);
    if (least) least.worker.take(stream);
    else this.homeless.add(stream);
  }

  private placeHomeless(): void {
    const streams = [...this.homeless];
    this.homeless.clear();
    for (const stream of streams) this.place(stream);
  }

  /** Another worker goes on with the stream as soon as there is one. */
  private rehouse(stream: RecognitionStream, lost: AuricleError): void {
    if (this.closing.signal.aborted || !stream.detach()) stream.fail(lost);
    else this.place(stream);
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
        this.placeHomeless();
      } catch (error) {
        const lost = servingError('AUR_SERVING_WORKER_LOST', { reason: asCoded(error).message });
        if (++failed >= MOST_FAILED_LOADS && !this.isReady) for (const stream of [...this.homeless]) stream.fail(lost);
        await delay(retryMs, undefined, { signal: this.closing.signal }).catch(() => undefined);
        retryMs = Math.min(2 * retryMs, LONGEST_RETRY_MS);
      }
    }
  }
}
