/** Commands about streams go in, their results come out: takes a chunk of every stream that has one ready and runs them as one batch. */
import type { EndpointRule } from '@auricle/decoding';
import { DecoderFactory, type DecodingPlan } from '@auricle/decoding/decoding-plan';
import { type BatchRules, batchDelay, recordingsAtATime } from './batching.js';
import { BusyShare } from './busy-share.js';
import { asCoded, servingError } from './errors.js';
import { frameSecondsOf, type RecogniserModel } from './recogniser.js';
import type { LogProbs } from './results.js';
import { RunCost, type RunTrial } from './run-cost.js';
import type { GateSizes } from './silence-gate.js';
import type { ModelRow, StreamingModel } from './streaming-model.js';
import type { FromWorker, OpenCommand, StreamCommand } from './worker-messages.js';
import { type StreamSurroundings, WorkerStream } from './worker-stream.js';

export interface InferenceLoopOptions {
  model: Pick<StreamingModel, 'run' | 'newState'>;
  bundle: RecogniserModel;
  batchRules: BatchRules;
  /** spends no run on silence where it is there */
  gate?: GateSizes;
  /** what runs took before this */
  trials?: readonly RunTrial[];
  endpointRules: readonly EndpointRule[];
  /** default greedy */
  decoding?: DecodingPlan;
  /** @param moved buffers in the messages that nobody here needs any more */
  post: (messages: FromWorker[], moved: ArrayBuffer[]) => void;
}

/** Streams of one kind. */
class StreamQueue {
  open = 0;
  /** Streams whose audio may give a chunk. */
  readonly toPull = new Set<WorkerStream>();
  /** Streams with a chunk, oldest first: so none takes more than its turn, however fast its audio comes. */
  readonly ready: WorkerStream[] = [];

  /** Takes out the streams of a run: those whose last words are waited for first, then the oldest. */
  take(most: number): WorkerStream[] {
    const { ready } = this;
    if (ready.length > most) ready.sort((a, b) => Number(b.isEnding) - Number(a.isEnding));
    return ready.splice(0, most);
  }

  remove(stream: WorkerStream): void {
    this.open--;
    this.toPull.delete(stream);
    const at = this.ready.indexOf(stream);
    if (at >= 0) this.ready.splice(at, 1);
  }
}

export class InferenceLoop {
  private readonly streams = new Map<number, WorkerStream>();
  private readonly live = new StreamQueue();
  private readonly recordings = new StreamQueue();
  private readonly cost = new RunCost();
  private readonly busy = new BusyShare();
  /** since the run before, ms */
  private workMs = 0;
  private outbox: FromWorker[] = [];
  private running: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private readonly surroundings: StreamSurroundings;

  constructor(private readonly options: InferenceLoopOptions) {
    const { bundle, decoding, endpointRules, model, trials = [] } = options;
    for (const { size, ms } of trials) this.cost.add(size, ms);
    this.surroundings = {
      bundle,
      endpointRules,
      decoders: new DecoderFactory(bundle.tokens, { frameSeconds: frameSecondsOf(bundle) }, decoding),
      newState: () => model.newState(),
      gate: options.gate,
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
    this.queueOf(stream).toPull.add(stream);
  }

  private open(command: OpenCommand): void {
    try {
      const stream = new WorkerStream(command, this.surroundings);
      this.streams.set(command.stream, stream);
      this.queueOf(stream).open++;
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

  /** Works on audio, and tells the streams to run now, if it is time to: live ones, and recordings only where no live one waits. */
  private nextBatch(): readonly WorkerStream[] | undefined {
    clearTimeout(this.timer);
    const started = performance.now();
    const { live, recordings } = this;
    this.pull(live, Number.POSITIVE_INFINITY);
    const hasLive = this.streams.size > recordings.open;
    const most = recordingsAtATime(this.options.batchRules, this.cost, hasLive);
    if (live.ready.length === 0) this.pull(recordings, most);
    this.workMs += performance.now() - started;
    this.flush();
    if (live.ready.length === 0) return recordings.ready.length > 0 ? recordings.ready.splice(0, most) : undefined;
    const delay = batchDelay(
      this.options.batchRules,
      {
        ready: live.ready.length,
        open: live.open,
        ending: live.ready.some((stream) => stream.isEnding),
        waitedMs: performance.now() - live.ready[0].readySince,
      },
      this.cost,
      this.busy.share,
    );
    if (delay === 0) return live.take(this.options.batchRules.maxBatch);
    this.timer = setTimeout(() => this.wake(), delay);
    return undefined;
  }

  /** Works on the audio of streams until so many have a chunk. */
  private pull({ toPull, ready }: StreamQueue, most: number): void {
    const unfinished: WorkerStream[] = [];
    for (const stream of toPull) {
      if (ready.length >= most) break;
      toPull.delete(stream);
      if (stream.chunk) continue;
      try {
        stream.pull();
      } catch (error) {
        this.fail(stream, error);
        continue;
      }
      if (stream.isOver) this.remove(stream);
      else if (stream.chunk) {
        stream.readySince = performance.now();
        ready.push(stream);
      } else if (stream.hasMore) unfinished.push(stream);
    }
    for (const stream of unfinished) toPull.add(stream);
    if (unfinished.length > 0) setImmediate(() => this.wake());
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
    const ended = performance.now();
    const computeMs = ended - started;
    this.cost.add(batch.length, computeMs);
    this.busy.add(started, ended);
    this.outbox.push({
      type: 'batch',
      streams: batch.length,
      queueMs: Math.max(...batch.map(({ readySince }) => started - readySince)),
      computeMs,
      workMs: this.workMs,
      isRecording: batch[0].isRecording,
    });
    batch.forEach((stream, i) => {
      // It may have been closed meanwhile.
      if (this.streams.get(stream.id) !== stream) return;
      try {
        stream.accept(results[i]);
        // A chunk that waited for its pre-roll is ready already.
        if (stream.chunk) this.queueOf(stream).ready.push(stream);
        else this.queueOf(stream).toPull.add(stream);
      } catch (error) {
        this.fail(stream, error);
      }
    });
    this.workMs = performance.now() - ended;
  }

  private queueOf(stream: WorkerStream): StreamQueue {
    return stream.isRecording ? this.recordings : this.live;
  }

  private fail(stream: WorkerStream, error: unknown): void {
    if (this.streams.get(stream.id) !== stream) return;
    this.remove(stream);
    const { code, message } = asCoded(error);
    this.outbox.push({ type: 'error', stream: stream.id, code, message });
  }

  private remove(stream: WorkerStream): void {
    if (!this.streams.delete(stream.id)) return;
    this.queueOf(stream).remove(stream);
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
