/** The main thread's end of one inference worker: starts it, hands commands over in bundles, hands messages to their streams. */
import { Worker } from 'node:worker_threads';
import { AuricleError } from '@auricle/audio';
import { deferred } from './deferred.js';
import type { BatchReport } from './engine-observer.js';
import { servingError } from './errors.js';
import type { RecognitionStream } from './recognition-stream.js';
import type { RunTrial } from './run-cost.js';
import type { FromWorker, ToWorker, WorkerSetup } from './worker-messages.js';

/** A recording's share of a live stream where both are placed. */
const RECORDING_LOAD = 0.25;
/** A stream that sends faster than its worker works holds its own audio up, not that of others. */
const MOST_BACKLOG_SECONDS = 4;

export class InferenceThread {
  readonly thread: Worker;
  readonly streams = new Map<number, RecognitionStream>();
  private outbox: ToWorker[] = [];
  private readonly loaded = deferred<number>();
  private readonly ended = deferred<void>();
  private state: 'loading' | 'ready' | 'ended' = 'loading';
  private reason = 'it stopped';

  /** @param onLost is given the streams that are left when the thread ends */
  constructor(
    setup: WorkerSetup,
    private readonly onBatch: (report: BatchReport) => void,
    private readonly onTrials: (trials: readonly RunTrial[]) => void,
    private readonly onLost: (streams: RecognitionStream[], lost: AuricleError) => void,
  ) {
    this.thread = new Worker(new URL('./inference-worker.js', import.meta.url), { workerData: setup });
    this.loaded.promise.catch(() => undefined);
    this.thread.on('message', (messages: FromWorker[]) => {
      for (const message of messages) this.handle(message);
    });
    this.thread.on('error', (error) => {
      this.reason = error.message;
    });
    this.thread.on('exit', () => this.onExit());
  }

  get isReady(): boolean {
    return this.state === 'ready';
  }

  /** Resolves with the ms that loading took.
   *  @throws AUR_SERVING_MODEL, AUR_SERVING_WORKER_LOST */
  ready(): Promise<number> {
    return this.loaded.promise;
  }

  /** Resolves when the thread is gone, for whatever reason; its streams are then elsewhere, or have failed. */
  exited(): Promise<void> {
    return this.ended.promise;
  }

  /** Sends at the end of this turn of the event loop, so that many streams' packets travel in one post. */
  send(command: ToWorker): void {
    if (this.outbox.length === 0) setImmediate(() => this.flush());
    this.outbox.push(command);
  }

  /** What there is to do here, in live streams: recordings take what these leave, and a backlog is as much as streams would bring meanwhile. */
  get load(): number {
    let load = 0;
    for (const { format, pendingSeconds } of this.streams.values())
      load += (format.isRecording ? RECORDING_LOAD : 1) + Math.min(pendingSeconds, MOST_BACKLOG_SECONDS);
    return load;
  }

  /** Gives the stream a place here. */
  take(stream: RecognitionStream): void {
    this.streams.set(stream.id, stream);
    stream.attach((command) => this.send(command));
  }

  /** Lets the run in work end, then ends the thread. */
  shutdown(): Promise<void> {
    if (this.state !== 'ended') this.send({ type: 'shutdown' });
    return this.ended.promise;
  }

  private flush(): void {
    const commands = this.outbox;
    this.outbox = [];
    this.thread.postMessage(commands);
  }

  private handle(message: FromWorker): void {
    if (message.type === 'ready') {
      this.state = 'ready';
      this.onTrials(message.trials);
      this.loaded.resolve(message.loadMs);
    } else if (message.type === 'unloadable') {
      this.loaded.reject(new AuricleError(message.code as `AUR_${string}`, message.message));
      this.reason = message.message;
    } else if (message.type === 'batch') {
      this.onBatch(message);
    } else {
      this.streams.get(message.stream)?.handle(message);
    }
  }

  private onExit(): void {
    this.state = 'ended';
    const lost = servingError('AUR_SERVING_WORKER_LOST', { reason: this.reason });
    this.loaded.reject(lost);
    const streams = [...this.streams.values()];
    this.streams.clear();
    this.onLost(streams, lost);
    this.ended.resolve();
  }
}
