/** The main thread's end of one inference worker: starts it, hands commands over in bundles, hands messages to their streams. */
import { Worker } from 'node:worker_threads';
import { AuricleError } from '@auricle/audio';
import { deferred } from './deferred.js';
import type { BatchReport } from './engine-observer.js';
import { servingError } from './errors.js';
import type { RecognitionStream } from './recognition-stream.js';
import type { FromWorker, ToWorker, WorkerSetup } from './worker-messages.js';

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
