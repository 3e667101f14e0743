/** Model bundles go in, an engine comes out that turns any number of streams into text on its worker threads. */
import { setTimeout as delay } from 'node:timers/promises';
import { HIGHEST_RATE, LOWEST_RATE, type PcmEncoding } from '@auricle/audio';
import { audioError } from '@auricle/audio/audio-errors';
import { type Bundle, bundledDecoding, type Precision, readBundle } from '@auricle/bundle';
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
import { TimeToNextEnd } from './capacity.js';
import { samplesForChunks } from './chunk-feed.js';
import type { EngineObserver } from './engine-observer.js';
import { servingError } from './errors.js';
import type { InferenceThread } from './inference-thread.js';
import { ModelHost } from './model-host.js';
import { isLogMel } from './recogniser.js';
import { RecognitionStream, type StreamListener } from './recognition-stream.js';
import { MOST_ALTERNATIVES, MOST_HEARD_SECONDS } from './results.js';
import type { StreamFormat, WorkerSetup } from './worker-messages.js';

export interface ModelOptions {
  /** folder of a model bundle */
  bundle: string;
  /** default: int8 where there is one */
  precision?: Precision;
  /** beam, language model, lexicon and hotwords of all its streams (default: the bundle's language model, or greedy) */
  decoding?: DecodingOptions;
}

/** Those of a model are of the default one. */
export interface EngineOptions extends ModelOptions {
  /** others that streams may ask for by name, also of other chunk sizes; each is loaded when a stream first does */
  models?: Readonly<Record<string, ModelOptions>>;
  /** threads of each model, each with a session of its own (default 1) */
  workers?: number;
  /** streams open at a time over all workers (default 1,000) */
  maxStreams?: number;
  /** share of a worker's time that live streams may take, in (0, 1]: once as many are open as would take it, by what the model is measured to cost
   *  here, more are refused (default: however many) */
  liveShare?: number;
  /** spend no run of the model on chunks in a silence that has gone on for longer than it remembers: what it would say of them is what it said of
   *  the one before (default false; only of models on log-mel frames whose bundle tells their left context) */
  silenceGate?: boolean;
  batchRules?: Partial<BatchRules>;
  endpointRules?: readonly EndpointRule[];
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
  /** name of one of the engine's models (default: the default one) */
  model?: string;
  /** of this stream instead of the engine's; with them, also with none (`[]`), the stream has a beam */
  hotwords?: readonly Hotword[];
  /** texts for each segment, the best first, in `alternatives` (default 1: none; at most 100); with more than one the stream has a beam */
  alternatives?: number;
  /** of this stream instead of the engine's */
  endpointRules?: readonly EndpointRule[];
  /** of the first audio, 0 to `MOST_HEARD_SECONDS`: what another stream has told of, sent again so that this one goes on with its memory; no result tells
   *  of it (default 0) */
  heardSeconds?: number;
  /** `batch` for what nobody listens to meanwhile, such as recordings: it gets the time that live streams leave (default live) */
  priority?: 'live' | 'batch';
  /** of this stream instead of the engine's */
  writtenForm?: WrittenFormOptions;
}

/** Rules that leave segments open for longer are a stream's own wish. */
const DEFAULT_REPLAY_SECONDS = 60;

/** Reads the bundles, starts the default one's workers and resolves when every one has its model loaded and warm.
 *  @throws AUR_BUNDLE_…, AUR_ONNX_INVALID, AUR_SERVING_MODEL, AUR_SERVING_OPTION, and the DecodingErrors of `planDecoding` */
export async function createEngine(options: EngineOptions): Promise<Engine> {
  const { replaySeconds = DEFAULT_REPLAY_SECONDS, liveShare, models = {} } = options;
  checkNumber('engine.replaySeconds', replaySeconds, { low: 0, high: 3600 });
  if (liveShare !== undefined) checkNumber('engine.liveShare', liveShare, { low: 0.01, high: 1 });
  const main = await workerSetup(options, options);
  const setups = new Map([[main.bundle.description.name, main]]);
  for (const [name, model] of Object.entries(models)) {
    if (setups.has(name))
      throw servingError('AUR_SERVING_OPTION', { option: `models.${name}`, seen: name, expected: 'another name' });
    setups.set(name, await workerSetup(model, options));
  }
  const engine = new Engine(options, setups);
  try {
    await engine.loaded();
  } catch (error) {
    await engine.close(0);
    throw error;
  }
  return engine;
}

async function workerSetup(model: ModelOptions, options: EngineOptions): Promise<WorkerSetup> {
  const bundle = await readBundle(model.bundle, { precision: model.precision });
  return {
    bundle,
    batchRules: { ...DEFAULT_BATCH_RULES, ...options.batchRules },
    silenceGate: options.silenceGate ?? false,
    endpointRules: options.endpointRules ?? DEFAULT_ENDPOINT_RULES,
    decoding: planDecoding(bundle.tokens, await bundledDecoding(bundle, model.decoding)),
  };
}

export class Engine {
  /** by name, the default one first */
  private readonly hosts = new Map<string, ModelHost>();
  /** those that others have taken the place of, while they have streams */
  private readonly retired = new Set<ModelHost>();
  private nextStream = 1;
  private readonly closing = new AbortController();
  private readonly observers = new Set<EngineObserver>();
  private readonly streams = new Map<number, RecognitionStream>();
  private readonly nextEnd = new TimeToNextEnd();
  private readonly written: WrittenForm | undefined;
  private readonly defaultName: string;

  /** @internal Engines come from `createEngine`. */
  constructor(
    private readonly options: EngineOptions,
    setups: ReadonlyMap<string, WorkerSetup>,
  ) {
    this.written = options.writtenForm && new WrittenForm(options.writtenForm);
    for (const [name, setup] of setups) this.hosts.set(name, this.hostOf(setup));
    [this.defaultName] = setups.keys();
  }

  /** @internal Resolves when the first workers are ready; from then on lost ones are replaced. */
  loaded(): Promise<void> {
    return this.hostFor().load();
  }

  /** The default model's. */
  get bundle(): Bundle {
    return this.hostFor().bundle;
  }

  /** Names of the models that streams may ask for, the default one first. */
  get models(): readonly string[] {
    return [...this.hosts.keys()];
  }

  /** @param name as clients of other services write it, who may name any
   *  @returns it where it is one of the models; undefined, which is the default one, for any other */
  servedModel(name: string | undefined): string | undefined {
    return name !== undefined && this.hosts.has(name) ? name : undefined;
  }

  /** @param model default: the default one
   *  @throws AUR_SERVING_NO_MODEL */
  bundleOf(model?: string): Bundle {
    return this.hostFor(model).bundle;
  }

  /** True when a stream of the default model that is opened now would be served at once. */
  get isReady(): boolean {
    return !this.closing.signal.aborted && this.hostFor().isReady;
  }

  get openStreams(): number {
    return this.streams.size;
  }

  /** Streams that may be open at a time. */
  get limit(): number {
    return this.options.maxStreams ?? 1000;
  }

  /** Live streams of the default model that may be open at a time, as far as is known now: `limit`, or fewer where `liveShare` is set. */
  get liveCapacity(): number {
    return Math.min(this.limit, this.hostFor().liveCapacity);
  }

  /** False when a live stream of the default model that is opened now would be refused for want of a place. */
  get hasRoom(): boolean {
    return this.hasRoomFor(this.hostFor(), 'live');
  }

  /** @throws AUR_SERVING_FULL, with the seconds after which to try again as `retryAfter`, when a stream opened now would be refused for want of a place;
   *  AUR_SERVING_NO_MODEL */
  requireRoom(priority: 'live' | 'batch', model?: string): void {
    const host = this.hostFor(model);
    if (this.hasRoomFor(host, priority)) return;
    const { seconds } = this.nextEnd;
    const limit = this.openStreams >= this.limit ? this.limit : Math.min(host.liveCapacity, host.streams.size);
    throw Object.assign(servingError('AUR_SERVING_FULL', { limit, seconds }), { retryAfter: seconds });
  }

  /** Whether speech can be told from silence in what the model takes: streams may then ask for speech events and have rules of quiet.
   *  @throws AUR_SERVING_NO_MODEL */
  hearsSpeech(model?: string): boolean {
    return isLogMel(this.bundleOf(model).interface.frontEnd);
  }

  /** The threads, for those who watch them. */
  get threads(): readonly InferenceThread[] {
    return [...this.hosts.values()].flatMap(({ workers }) => workers);
  }

  /** Tells the observer of every batch and lost worker from now on.
   *  @returns ends it */
  observe(observer: EngineObserver): () => void {
    this.observers.add(observer);
    return () => this.observers.delete(observer);
  }

  /** Opens a stream on the worker that has the least to do.
   *  @throws DecodingError AUR_DECODING_OPTION, AUR_AUDIO_RATE, AUR_SERVING_NO_MODEL, AUR_SERVING_FULL, AUR_SERVING_NOT_READY, AUR_SERVING_SHUTDOWN */
  openStream(options: StreamOptions): RecognitionStream {
    const {
      sampleRate,
      encoding = 'f32le',
      model,
      hotwords,
      endpointRules,
      alternatives = 1,
      heardSeconds = 0,
      priority = 'live',
      writtenForm,
      ...listener
    } = options;
    if (this.closing.signal.aborted) throw servingError('AUR_SERVING_SHUTDOWN');
    if (!Number.isInteger(sampleRate) || sampleRate < LOWEST_RATE || sampleRate > HIGHEST_RATE)
      throw audioError('AUR_AUDIO_RATE', { rate: sampleRate, lowest: LOWEST_RATE, highest: HIGHEST_RATE });
    this.requireRoom(priority, model);
    const host = this.hostFor(model);
    if (!host.takesStreams) throw servingError('AUR_SERVING_NOT_READY');
    const { replaySeconds = DEFAULT_REPLAY_SECONDS } = this.options;
    const format: StreamFormat = {
      sampleRate,
      encoding,
      logProbs: listener.onLogProbs !== undefined,
      hotwords,
      alternatives: checkNumber('stream.alternatives', alternatives, { low: 1, high: MOST_ALTERNATIVES, whole: true }),
      endpointRules,
      heardSeconds: checkNumber('stream.heardSeconds', heardSeconds, { low: 0, high: MOST_HEARD_SECONDS }),
      speechEvents: listener.onSpeech !== undefined,
      isRecording: priority === 'batch',
      checkpoints: replaySeconds > 0,
    };
    const stream: RecognitionStream = new RecognitionStream(this.nextStream++, {
      format,
      listener,
      written: writtenForm ? new WrittenForm(writtenForm) : this.written,
      samplesForChunk: samplesForChunks(host.bundle, sampleRate),
      replaySeconds,
      onClosed: () => {
        host.forget(stream);
        if (this.streams.delete(stream.id)) this.nextEnd.ended(performance.now());
      },
    });
    this.streams.set(stream.id, stream);
    host.take(stream);
    return stream;
  }

  /** Reads a model's bundle again, loads it beside what is served and gives it the streams that are opened from then on; those that are open stay where
   *  they are. When it fails, all is as before.
   *  @param model default: the default one, which keeps its name
   *  @throws AUR_SERVING_NO_MODEL, and as `createEngine` */
  async reload(model: string = this.defaultName): Promise<void> {
    const old = this.hostFor(model);
    const options = model === this.defaultName ? this.options : this.options.models![model];
    const host = this.hostOf(await workerSetup(options, this.options));
    // A model that no stream has asked for yet need not be there.
    if (old.workers.length > 0) await host.load();
    if (this.closing.signal.aborted) {
      await host.close();
      return;
    }
    this.hosts.set(model, host);
    this.retired.add(old);
    // Resolves when its last stream is over.
    void old.retire().then(() => this.retired.delete(old));
  }

  /** Takes no new streams, waits for the open ones, then ends the workers.
   *  @param limitSeconds after which streams still open fail with AUR_SERVING_SHUTDOWN */
  async close(limitSeconds = 10): Promise<void> {
    this.closing.abort();
    const hosts = [...this.hosts.values(), ...this.retired];
    for (const host of hosts) host.stopReplacing();
    const open = [...this.streams.values()];
    const over = new AbortController();
    await Promise.race([
      Promise.allSettled(open.map((stream) => stream.settled())),
      delay(limitSeconds * 1000, undefined, { signal: over.signal }).catch(() => undefined),
    ]);
    over.abort();
    for (const stream of open) stream.fail(servingError('AUR_SERVING_SHUTDOWN'));
    await Promise.all(hosts.map((host) => host.close()));
  }

  private hostOf(setup: WorkerSetup): ModelHost {
    const { workers = 1, liveShare } = this.options;
    return new ModelHost(setup, workers, liveShare, this.observers);
  }

  /** @throws AUR_SERVING_NO_MODEL */
  private hostFor(model: string = this.defaultName): ModelHost {
    const host = this.hosts.get(model);
    if (!host) throw servingError('AUR_SERVING_NO_MODEL', { model, models: this.models.join(', ') });
    return host;
  }

  private hasRoomFor(host: ModelHost, priority: 'live' | 'batch'): boolean {
    return this.openStreams < this.limit && (priority === 'batch' || host.hasLiveRoom);
  }
}
