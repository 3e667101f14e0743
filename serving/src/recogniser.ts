/** Samples of one stream go in and chunks of features come out for the model; its log-probs go in and segments come out. No sockets, no session. */
import { FBANK, StreamingFbank, StreamingResampler } from '@auricle/audio';
import type { Bundle } from '@auricle/bundle';
import {
  DEFAULT_ENDPOINT_RULES,
  type EndpointRule,
  GreedyDecoder,
  isEndpoint,
  type StreamDecoder,
} from '@auricle/decoding';
import type { Segment } from './results.js';
import { settledInPause } from './settled.js';

const { melBins, hopSamples, frameSamples, sampleRate: modelRate } = FBANK;
/** Samples after a frame's hop that it needs: frame t covers samples up to 160 t + 280. */
const REACH = (frameSamples + hopSamples) / 2;

export type RecogniserModel = Pick<Bundle, 'description' | 'tokens' | 'interface'>;

export interface RecogniserOptions {
  /** of the samples pushed, Hz */
  sampleRate: number;
  /** end a segment; the model's caches go on over it, so that a pause changes no later frame */
  endpointRules?: readonly EndpointRule[];
  /** of this stream alone (default greedy) */
  decoder?: StreamDecoder;
}

/** Seconds from one output frame of the model to the next. */
export const frameSecondsOf = ({ interface: { subsamplingFactor } }: RecogniserModel): number =>
  (subsamplingFactor * hopSamples) / modelRate;

/** One stream. Feed it with `push` and `finish`, take chunks with `nextChunk` while it gives one, answer each with `accept`. */
export class Recogniser {
  private readonly resampler: StreamingResampler;
  private readonly fbank = new StreamingFbank();
  private readonly decoder: StreamDecoder;
  private readonly rules: readonly EndpointRule[];
  /** Frames from position `start` on, row-major [frames, 80]. */
  private frames = new Float32Array(0);
  private start = 0;
  private inputSamples = 0;
  private modelSamples = 0;
  /** Chunks the whole stream has; known once it is finished. */
  private totalChunks = Number.POSITIVE_INFINITY;
  private takenChunks = 0;
  private acceptedChunks = 0;
  private segment = 0;
  private lastText = '';
  private settled = 0;

  /** @throws AUR_AUDIO_RATE */
  constructor(
    private readonly model: RecogniserModel,
    private readonly options: RecogniserOptions,
  ) {
    this.resampler = new StreamingResampler(options.sampleRate, modelRate);
    this.rules = options.endpointRules ?? DEFAULT_ENDPOINT_RULES;
    this.decoder = options.decoder ?? new GreedyDecoder(model.tokens, { frameSeconds: frameSecondsOf(model) });
  }

  /** Seconds of audio pushed so far. */
  get audioSeconds(): number {
    return this.inputSamples / this.options.sampleRate;
  }

  /** True once every chunk of the finished stream has been accepted. */
  get isDone(): boolean {
    return this.acceptedChunks >= this.totalChunks;
  }

  /** Seconds of audio that no later word needs: a time in the pause that ended the latest segment. */
  get settledSeconds(): number {
    return this.settled;
  }

  /** @param samples mono PCM in [-1, 1], any number */
  push(samples: Float32Array): void {
    this.inputSamples += samples.length;
    this.pushModelRate(this.resampler.push(samples));
  }

  /** Ends the stream: the model's tail of digital silence follows, then as much as makes the last chunk whole. */
  finish(): void {
    this.pushModelRate(this.resampler.flush());
    if (this.modelSamples === 0) {
      this.totalChunks = 0;
      return;
    }
    const { windowSize, chunkShift } = this.model.interface;
    const tail = Math.round(this.model.description.tailSeconds * modelRate);
    // Kaldi's count for the stream and its tail: floor((n + 80) / 160).
    const frames = Math.floor((this.modelSamples + tail + hopSamples / 2) / hopSamples);
    this.totalChunks = Math.max(0, Math.ceil((frames - windowSize) / chunkShift)) + 1;
    const lastFrame = (this.totalChunks - 1) * chunkShift + windowSize - 1;
    // Enough for the last frame to be whole: the right edge is silence, never mirrored.
    this.pushModelRate(new Float32Array(lastFrame * hopSamples + REACH - this.modelSamples));
  }

  /** The next window of frames, row-major [window, 80], valid until the next call of `push` or `finish`; undefined when there is none yet. */
  nextChunk(): Float32Array | undefined {
    const { windowSize, chunkShift } = this.model.interface;
    if (this.takenChunks >= this.totalChunks) return undefined;
    const from = this.takenChunks * chunkShift - this.start;
    if (this.frames.length < (from + windowSize) * melBins) return undefined;
    this.takenChunks++;
    return this.frames.subarray(from * melBins, (from + windowSize) * melBins);
  }

  /** Takes the log-probs of the oldest chunk not yet answered.
   *  @param logProbs row-major [frames, vocabulary]
   *  @returns the segment as it stands if its text changed, or as final if it ended
   *  @throws DecodingError */
  accept(logProbs: Float32Array, frames: number): Segment | undefined {
    this.decoder.push(logProbs, frames);
    this.acceptedChunks++;
    const { hasTokens, trailingBlankSeconds, segmentSeconds } = this.decoder;
    const state = { hasSpeech: hasTokens, trailingSilence: trailingBlankSeconds, utteranceLength: segmentSeconds };
    const ends = this.isDone || isEndpoint(this.rules, state);
    const found = this.current(ends);
    const changed = found.text !== (ends ? '' : this.lastText);
    this.lastText = ends ? '' : found.text;
    if (ends) {
      this.settled = this.isDone ? this.audioSeconds : this.settledNow(trailingBlankSeconds);
      this.decoder.reset();
      if (changed) this.segment++;
    }
    return changed ? found : undefined;
  }

  private settledNow(pauseSeconds: number): number {
    const chunkSeconds = (this.model.interface.chunkShift * hopSamples) / modelRate;
    return settledInPause(this.acceptedChunks * chunkSeconds, pauseSeconds, chunkSeconds) ?? this.settled;
  }

  private current(isFinal: boolean): Segment {
    const { text, start, end, confidence, words } = this.decoder.result(isFinal);
    return { segment: this.segment, text, start, end, confidence, words, isFinal };
  }

  private pushModelRate(samples: Float32Array): void {
    this.modelSamples += samples.length;
    const fresh = this.fbank.push(samples);
    if (fresh.length === 0) return;
    const wanted = Math.min(
      this.takenChunks * this.model.interface.chunkShift - this.start,
      this.frames.length / melBins,
    );
    const kept = this.frames.subarray(wanted * melBins);
    const joined = new Float32Array(kept.length + fresh.length);
    joined.set(kept);
    joined.set(fresh, kept.length);
    this.frames = joined;
    this.start += wanted;
  }
}
