/** One stream in its worker: commands go in, chunks for the model come out; the model's answers go in, messages about the stream come out. */
import { decodePcm, type PcmEncoding } from '@auricle/audio/pcm';
import type { DecoderFactory, EndpointRule, Hotword, StreamDecoder } from '@auricle/decoding';
import type { Checkpoint, Stretch } from './checkpoint.js';
import { asCoded } from './errors.js';
import { Recogniser, type RecogniserModel } from './recogniser.js';
import type { LogProbs } from './results.js';
import { type GateSizes, SilenceGate } from './silence-gate.js';
import type { ModelState } from './streaming-model.js';
import type { OpenCommand, StreamCommand, StreamFormat, StreamMessage } from './worker-messages.js';

/** Audio is worked on in pieces of this size, so that a whole file in one message does not hold up the other streams. */
const PIECE_BYTES = 32_768;

/** A segment in which nothing was said ends often, and its checkpoint need not be told each time. */
const SILENT_CHECKPOINT_SECONDS = 10;

/** What is decoded of a piece, for all streams: it is used up at once. */
const samples = new Float32Array(PIECE_BYTES / 2);

/** Silence costs its features alone, but many hours of it may come at once. */
const SKIPS_AT_A_TIME = 8;

export const bytesOfSample = (encoding: PcmEncoding): number => (encoding === 's16le' ? 2 : 4);

/** What the streams of a worker share. */
export interface StreamSurroundings {
  bundle: RecogniserModel;
  endpointRules: readonly EndpointRule[];
  decoders: DecoderFactory;
  newState: () => ModelState;
  /** caches of a checkpoint are moved, not copied */
  tell: (message: StreamMessage) => void;
  /** chunks of silence are not run where it is there */
  gate?: GateSizes;
}

export class WorkerStream {
  readonly id: number;
  /** waits for the model; valid until it is answered */
  chunk: Float32Array | undefined;
  /** when the chunk was ready, ms */
  readySince = 0;
  /** left off to let others have their turn */
  hasMore = false;
  /** all is said, or the stream has failed */
  isOver = false;
  state: ModelState;
  private readonly format: StreamFormat;
  private recogniser: Recogniser;
  private decoder: StreamDecoder;
  private hotwords: readonly Hotword[] | undefined;
  private stretch: Stretch;
  /** audio pieces and what is between them, not yet worked on */
  private readonly queue: (Uint8Array | 'finalize' | 'end')[] = [];
  private phase: 'open' | 'finalizing' | 'ending' = 'open';
  private consumedBytes: number;
  private toldEvents: number;
  /** chunks of the stretch that were answered */
  private answered: number;
  private settledSeconds: number;
  private checkpointBytes: number;
  private gate: SilenceGate | undefined;
  /** the chunk after the pre-roll that waits for the model now */
  private afterPreRoll: Float32Array | undefined;

  /** @throws DecodingError, AUR_AUDIO_RATE, AUR_SERVING_NOT_LOG_MEL */
  constructor(
    { stream, format, isReplay, checkpoint }: OpenCommand,
    private readonly around: StreamSurroundings,
  ) {
    this.id = stream;
    this.format = format;
    this.hotwords = format.hotwords;
    this.stretch = checkpoint?.stretch ?? { bytes: 0, chunks: 0, segments: 0, speechEvents: 0 };
    const { decoder, problems } = this.newDecoder();
    this.decoder = decoder;
    this.state = checkpoint?.within?.model ?? around.newState();
    this.recogniser = this.newRecogniser(checkpoint);
    this.consumedBytes = checkpoint?.bytes ?? 0;
    this.checkpointBytes = this.consumedBytes;
    this.toldEvents = checkpoint?.speechEvents ?? 0;
    this.answered = checkpoint?.within?.recogniser.chunks ?? 0;
    this.settledSeconds = this.recogniser.settledSeconds;
    // Of the engine's own hotwords whoever started the engine is told.
    if (format.hotwords && !isReplay) this.warn(problems);
  }

  /** Its chunks wait until no live stream has one. */
  get isRecording(): boolean {
    return this.format.isRecording === true;
  }

  /** Someone waits for the last words. */
  get isEnding(): boolean {
    return this.phase !== 'open';
  }

  take(command: Exclude<StreamCommand, { type: 'abort' }>): void {
    if (command.type === 'hotwords') this.setHotwords(command.hotwords, command.isReplay);
    else if (command.type !== 'audio') this.queue.push(command.type);
    else
      for (let at = 0; at < command.bytes.length; at += PIECE_BYTES)
        this.queue.push(command.bytes.subarray(at, at + PIECE_BYTES));
  }

  /** Works on the audio until it gives a chunk, or there is no more, or all is said.
   *  @throws AUR_AUDIO_ODD_BYTES, AUR_AUDIO_NOT_FINITE */
  pull(): void {
    if (this.chunk || this.isOver) return;
    const { consumedBytes } = this;
    this.hasMore = false;
    try {
      do this.chunk = this.nextChunk();
      while (!this.chunk && !this.hasMore && this.step());
    } finally {
      this.tellSpeech();
      if (this.consumedBytes > consumedBytes) this.tell({ type: 'consumed', bytes: this.consumedBytes });
    }
    if (this.isOver) this.tell({ type: 'done', audioSeconds: this.audioSeconds });
  }

  /** Takes the model's answer to the chunk.
   *  @throws DecodingError */
  accept(logProbs: LogProbs): void {
    if (this.afterPreRoll) {
      this.chunk = this.afterPreRoll;
      this.afterPreRoll = undefined;
      return;
    }
    this.chunk = undefined;
    this.gate?.answered(logProbs, this.recogniser.isSilent);
    this.answer(logProbs);
  }

  /** Goes on to the next chunk that the model has to hear. */
  private nextChunk(): Float32Array | undefined {
    for (let skipped = 0; ; ) {
      const chunk = this.recogniser.nextChunk();
      if (!chunk || !this.gate) return chunk;
      const answer = this.gate.pass(chunk, this.recogniser.isSilent);
      if (!answer) {
        const preRoll = this.gate.takePreRoll();
        if (preRoll) this.afterPreRoll = chunk;
        return preRoll ?? chunk;
      }
      this.answer(answer);
      if (++skipped < SKIPS_AT_A_TIME) continue;
      this.hasMore = true;
      return undefined;
    }
  }

  private answer(logProbs: LogProbs): void {
    this.answered++;
    const chunk = this.stretch.chunks + this.answered;
    const segment = this.recogniser.accept(logProbs.values, logProbs.frames);
    if (this.format.logProbs) this.tell({ type: 'logProbs', chunk, logProbs });
    if (segment) this.tell({ type: 'segment', chunk, segment });
    if (this.recogniser.hasEndedSegment && !this.recogniser.isDone) this.tellCheckpoint(segment !== undefined);
    const { settledSeconds: seconds } = this.recogniser;
    if (seconds === this.settledSeconds) return;
    this.settledSeconds = seconds;
    this.tell({ type: 'settled', seconds });
  }

  /** The next thing to do before there may be a chunk.
   *  @returns false when there is none */
  private step(): boolean {
    if (this.phase !== 'open') return this.recogniser.isDone && this.endStretch();
    const next = this.queue.shift();
    if (next === undefined) return false;
    if (next === 'end' || next === 'finalize') {
      this.phase = next === 'end' ? 'ending' : 'finalizing';
      this.recogniser.finish();
    } else {
      this.consumedBytes += next.length;
      this.recogniser.push(decodePcm(next, this.format.encoding, samples));
    }
    return true;
  }

  /** @returns true when another stretch has begun */
  private endStretch(): boolean {
    if (this.phase === 'ending') {
      this.isOver = true;
      return false;
    }
    this.tellSpeech();
    this.stretch = {
      bytes: this.consumedBytes,
      chunks: this.stretch.chunks + this.answered,
      segments: this.recogniser.segments,
      speechEvents: this.toldEvents,
    };
    this.answered = 0;
    this.phase = 'open';
    this.decoder = this.newDecoder().decoder;
    this.state = this.around.newState();
    this.recogniser = this.newRecogniser();
    this.tell({ type: 'finalized' });
    this.tellCheckpoint(true);
    return true;
  }

  private newDecoder() {
    return this.around.decoders.create(this.hotwords, this.format.alternatives);
  }

  private newRecogniser(from?: Checkpoint): Recogniser {
    const { sampleRate, alternatives, speechEvents, endpointRules = this.around.endpointRules } = this.format;
    const options = {
      sampleRate,
      alternatives,
      speechEvents,
      endpointRules,
      decoder: this.decoder,
      watchesSilence: this.around.gate !== undefined,
      startSeconds: this.secondsOf(this.stretch.bytes),
      firstSegment: this.stretch.segments,
      heardSeconds: this.stretch.bytes === 0 ? this.format.heardSeconds : 0,
    };
    // Who asks for log-probs wants the model's own.
    this.gate = this.around.gate && !this.format.logProbs ? new SilenceGate(this.around.gate) : undefined;
    return new Recogniser(this.around.bundle, options, from?.within?.recogniser);
  }

  /** What cannot be done is told, and the stream goes on as it was. */
  private setHotwords(hotwords: readonly Hotword[], isReplay = false): void {
    try {
      const problems = this.around.decoders.setHotwords(this.decoder, hotwords);
      this.hotwords = hotwords;
      if (!isReplay) this.warn(problems);
    } catch (error) {
      if (!isReplay) this.warn([asCoded(error)]);
    }
  }

  /** A checkpoint stands for what has been told with it. */
  private tellCheckpoint(isSpeech: boolean): void {
    if (!this.format.checkpoints) return;
    const { recogniser, stretch, state } = this;
    if (this.answered === 0) {
      this.checkpointBytes = stretch.bytes;
      const { bytes, speechEvents } = stretch;
      this.tell({ type: 'checkpoint', checkpoint: { bytes, speechEvents, stretch } });
      return;
    }
    const heard = recogniser.state;
    const bytes = stretch.bytes + heard.samples * bytesOfSample(this.format.encoding);
    if (!isSpeech && this.secondsOf(bytes - this.checkpointBytes) < SILENT_CHECKPOINT_SECONDS) return;
    this.checkpointBytes = bytes;
    const model = { caches: state.caches.map((cache) => cache.slice()), frames: state.frames };
    const speechEvents = stretch.speechEvents + (heard.watch?.events ?? 0);
    this.tell({
      type: 'checkpoint',
      checkpoint: { bytes, speechEvents, stretch, within: { recogniser: heard, model } },
    });
  }

  private tellSpeech(): void {
    for (const event of this.recogniser.takeSpeechEvents())
      this.tell({ type: 'speech', index: this.toldEvents++, event });
  }

  private warn(problems: readonly { code: string; message: string }[]): void {
    for (const { code, message } of problems) this.tell({ type: 'warning', code, message });
  }

  private tell(message: UnnamedMessage): void {
    this.around.tell({ ...message, stream: this.id } as StreamMessage);
  }

  private get audioSeconds(): number {
    return this.secondsOf(this.consumedBytes);
  }

  private secondsOf(bytes: number): number {
    return bytes / bytesOfSample(this.format.encoding) / this.format.sampleRate;
  }
}

type WithoutStream<T> = T extends unknown ? Omit<T, 'stream'> : never;
type UnnamedMessage = WithoutStream<StreamMessage>;
