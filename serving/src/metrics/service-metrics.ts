/** What happens in the service goes in, Prometheus' text comes out. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Admission } from '../admission/admission.js';
import type { StreamWatcher } from '../admission/admitted-engine.js';
import type { Engine } from '../engine.js';
import type { BatchReport } from '../engine-observer.js';
import { PartialLatency } from './partial-latency.js';

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

export class ServiceMetrics {
  private readonly registry = new Registry();
  private readonly refusals = this.counter(
    'auricle_refused_total',
    'Connections and requests that were not let in, by protocol and error code',
    ['protocol', 'code'],
  );
  private readonly slowReaders = this.counter(
    'auricle_slow_readers_total',
    'Clients cut off because they did not read what they were sent',
  );
  private readonly streams = this.counter(
    'auricle_streams_total',
    'Streams that are over, by outcome: done, or the code of the error; AUR_SERVING_CLOSED when the client left',
    ['outcome'],
  );
  private readonly audio = this.counter('auricle_audio_seconds_total', 'Seconds of audio received');
  private readonly compute = this.counter(
    'auricle_compute_seconds_total',
    'Seconds that the model ran, over all workers',
  );
  private readonly chunks = this.counter('auricle_chunks_total', 'Chunks of audio that the model ran on');
  private readonly workersLost = this.counter(
    'auricle_workers_lost_total',
    'Inference workers that ended and were replaced',
  );
  private readonly batchStreams = this.histogram(
    'auricle_batch_streams',
    'Streams in one run of the model',
    [1, 2, 4, 8, 16, 32, 64, 128],
  );
  private readonly batchQueue = this.histogram(
    'auricle_batch_queue_seconds',
    'Time that the first ready chunk of a batch of live streams has waited',
    SECONDS,
  );
  private readonly batchCompute = this.histogram(
    'auricle_batch_compute_seconds',
    'Time of one run of the model',
    SECONDS,
  );
  private readonly partials = this.histogram(
    'auricle_partial_latency_seconds',
    'From the arrival of the audio of a partial’s last word to the partial',
    SECONDS,
  );
  private readonly finals = this.histogram(
    'auricle_final_latency_seconds',
    'From the client’s last word on its audio to the end of the transcript',
    SECONDS,
  );

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  text(): Promise<string> {
    return this.registry.metrics();
  }

  refused(protocol: string, code: string): void {
    this.refusals.inc({ protocol, code });
  }

  slowReader(): void {
    this.slowReaders.inc();
  }

  /** Measures the engine from now on.
   *  @returns ends it */
  watchEngine(engine: Engine): () => void {
    this.gauge('auricle_streams_open', 'Streams open in the engine', () => engine.openStreams);
    this.gauge(
      'auricle_streams_capacity',
      'Live streams that may be open, as far as is known now',
      () => engine.liveCapacity,
    );
    this.gauge('auricle_ready', '1 while a stream opened now would be served', () => Number(engine.isReady));
    // The seconds of audio that a chunk has: the model's work is counted in them.
    const { chunkShift } = engine.bundle.description;
    this.gauge('auricle_chunk_seconds', 'Seconds of audio in a chunk', () => chunkShift / 100);
    return engine.observe({
      batch: (report) => this.batch(report),
      workerLost: () => this.workersLost.inc(),
    });
  }

  watchAdmission(admission: Admission): void {
    this.gauge('auricle_connections_open', 'Connections and requests let in', () => admission.openPasses);
    const perKey = (
      name: string,
      help: string,
      read: (usage: { openStreams: number; audioSeconds: number }) => number,
    ) =>
      new Gauge({
        name,
        help,
        labelNames: ['key'],
        registers: [this.registry],
        collect() {
          for (const [key, usage] of admission.usage.all()) this.set({ key }, read(usage));
        },
      });
    perKey('auricle_key_streams_open', 'Connections of an API key', (usage) => usage.openStreams);
    perKey(
      'auricle_key_audio_seconds',
      'Seconds of audio with an API key since the start',
      (usage) => usage.audioSeconds,
    );
  }

  /** Measures one stream. */
  readonly watchStream = (): StreamWatcher => {
    const latency = new PartialLatency();
    let endedAt: number | undefined;
    return {
      audio: (_, seconds) => {
        this.audio.inc(seconds);
        latency.arrived(seconds, performance.now());
      },
      segment: ({ isFinal, end }) => {
        const ms = latency.of(end, performance.now());
        if (!isFinal && ms !== undefined) this.partials.observe(ms / 1000);
      },
      ending: () => {
        endedAt = performance.now();
      },
      over: (outcome) => {
        const isDone = !('code' in outcome);
        this.streams.inc({ outcome: isDone ? 'done' : outcome.code });
        if (isDone && endedAt !== undefined) this.finals.observe((performance.now() - endedAt) / 1000);
      },
    };
  };

  private batch({ streams, queueMs, computeMs, isRecording }: BatchReport): void {
    this.chunks.inc(streams);
    this.compute.inc(computeMs / 1000);
    this.batchStreams.observe(streams);
    if (!isRecording) this.batchQueue.observe(queueMs / 1000);
    this.batchCompute.observe(computeMs / 1000);
  }

  private counter(name: string, help: string, labelNames: string[] = []): Counter {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }

  private histogram(name: string, help: string, buckets: number[]): Histogram {
    return new Histogram({ name, help, buckets, registers: [this.registry] });
  }

  /** A value that is read whenever the metrics are. */
  gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      registers: [this.registry],
      collect() {
        this.set(read());
      },
    });
  }
}
