/** Commands about streams go in, their results come out: takes a chunk of every stream that has one ready and runs them as one batch. */
import { DecoderFactory, type DecodingPlan, type EndpointRule } from '@auricle/decoding';
import { type BatchRules, batchDelay } from './batching.js';
import { asCoded, servingError } from './errors.js';
import { frameSecondsOf, type RecogniserModel } from './recogniser.js';
import type { LogProbs } from './results.js';
import type { ModelRow, StreamingModel } from './streaming-model.js';
import type { FromWorker, OpenCommand, StreamCommand } from './worker-messages.js';
import { type StreamSurroundings, WorkerStream } from './worker-stream.js';

export interface InferenceLoopOptions {
  model: Pick<StreamingModel, 'run' | 'newState'>;
  bundle: RecogniserModel;
  batchRules: BatchRules;
  endpointRules: readonly EndpointRule[];
  /** default greedy */
  decoding?: DecodingPlan;
  /** @param moved buffers in the messages that nobody here needs any more */
  post: (messages: FromWorker[], moved: ArrayBuffer[]) => void;
}

export class InferenceLoop {
  private readonly streams = new Map<number, WorkerStream>();
  /** Streams whose audio may give a chunk. */
  private readonly toPull = new Set<WorkerStream>();
  /** Streams with a chunk, oldest first. */
  private ready: WorkerStream[] = [];
  private outbox: FromWorker[] = [];
  private running: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private readonly surroundings: StreamSurroundings;

  constructor(private readonly options: InferenceLoopOptions) {
    const { bundle, decoding, endpointRules, model } = options;
    this.surroundings = {
      bundle,
      endpointRules,
      decoders: new DecoderFactory(bundle.tokens, { frameSeconds: frameSecondsOf(bundle) }, decoding),
      newState: () => model.newState(),
      tell: (message) => this.outbox.push(message),
    };
  }

  handle(commands: readonly (OpenCommand | StreamCommand)[]): void {
    for (const command of commands) this.handleOne(command);
    this.wake();
  }

  /** Resolves when no run is in work; none starts after that. */
  async stop(): Promise<void> {
    for (const stream of [...this.streams.values()]) this.remove(stream);
    clearTimeout(this.timer);
    await this.running;
  }

  private handleOne(command: OpenCommand | StreamCommand): void {
    if (command.type === 'open') {
      this.open(command);
      return;
    }
    const stream = this.streams.get(command.stream);
    // A stream that failed is unknown here while its client's last packets are still on their way.
    if (!stream) return;
    if (command.type === 'abort') {
      this.remove(stream);
      return;
    }
    stream.take(command);
    this.toPull.add(stream);
  }

  private open(command: OpenCommand): void {
    try {
      this.streams.set(command.stream, new WorkerStream(command, this.surroundings));
    } catch (error) {
      const { code, message } = asCoded(error);
      this.outbox.push({ type: 'error', stream: command.stream, code, message });
    }
  }

  private wake(): void {
    if (this.running) return;
    const batch = this.nextBatch();
    if (batch) this.running = this.runFrom(batch);
  }

  /** Runs this batch and every one that is due after it. */
  private async runFrom(first: readonly WorkerStream[]): Promise<void> {
    // Commands that arrive during a run are taken up before the next batch is made.
    for (let batch: readonly WorkerStream[] | undefined = first; batch; batch = this.nextBatch())
      await this.runBatch(batch);
    this.running = undefined;
  }

  /** Does all work on audio, and tells the streams to run now, if it is time to. */
  private nextBatch(): readonly WorkerStream[] | undefined {
    clearTimeout(this.timer);
    for (const stream of this.toPull) this.pull(stream);
    this.toPull.clear();
    this.flush();
    if (this.ready.length === 0) return undefined;
    const delay = batchDelay(this.options.batchRules, {
      ready: this.ready.length,
      open: this.streams.size,
      ending: this.ready.some((stream) => stream.isEnding),
      waitedMs: performance.now() - this.ready[0].readySince,
    });
    if (delay === 0) return this.ready.splice(0, this.options.batchRules.maxBatch);
    this.timer = setTimeout(() => this.wake(), delay);
    return undefined;
  }

  private pull(stream: WorkerStream): void {
    if (stream.chunk) return;
    try {
      stream.pull();
    } catch (error) {
      this.fail(stream, error);
      return;
    }
    if (stream.isOver) this.remove(stream);
    else if (stream.chunk) {
      stream.readySince = performance.now();
      this.ready.push(stream);
    }
  }

  private async runBatch(batch: readonly WorkerStream[]): Promise<void> {
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
      // It may have been closed meanwhile.
      if (this.streams.get(stream.id) !== stream) return;
      try {
        stream.accept(results[i]);
        this.toPull.add(stream);
      } catch (error) {
        this.fail(stream, error);
      }
    });
  }

  private fail(stream: WorkerStream, error: unknown): void {
    if (this.streams.get(stream.id) !== stream) return;
    this.remove(stream);
    const { code, message } = asCoded(error);
    this.outbox.push({ type: 'error', stream: stream.id, code, message });
  }

  private remove(stream: WorkerStream): void {
    this.streams.delete(stream.id);
    this.toPull.delete(stream);
    this.ready = this.ready.filter((other) => other !== stream);
  }

  private flush(): void {
    if (this.outbox.length === 0) return;
    this.options.post(this.outbox, this.outbox.flatMap(movedBy));
    this.outbox = [];
  }
}

const movedBy = (message: FromWorker): ArrayBuffer[] =>
  message.type === 'checkpoint'
    ? (message.checkpoint.within?.model.caches ?? []).map(({ buffer }) => buffer as ArrayBuffer)
    : [];
