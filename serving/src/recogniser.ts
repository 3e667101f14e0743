/** Samples of one stream go in and chunks of features come out for the model; its log-probs go in and segments come out. No sockets, no session. */
import { FBANK } from '@auricle/audio/fbank-plan';
import type { Bundle, FrontEndSizes } from '@auricle/bundle';
import type { EndpointRule, Hypothesis, SegmentBorder, SpeechEvent, StreamDecoder } from '@auricle/decoding';
import { DEFAULT_ENDPOINT_RULES, isEndpoint, listensToEnergy } from '@auricle/decoding/endpoint';
import { GreedyDecoder } from '@auricle/decoding/greedy';
import { ChunkFeed } from './chunk-feed.js';
import { servingError } from './errors.js';

import type { Alternative, Segment } from './results.js';
import { settledInPause } from './settled.js';
import { SpeechWatch, type SpeechWatchState } from './speech-watch.js';

export type RecogniserModel = Pick<Bundle, 'description' | 'tokens' | 'interface'>;

export interface RecogniserOptions {
  /** of the samples pushed, Hz */
  sampleRate: number;
  /** end a segment; the model's caches go on over it, so that a pause changes no later frame */
  endpointRules?: readonly EndpointRule[];
  /** of this stream alone (default greedy) */
  decoder?: StreamDecoder;
  /** texts wanted for each segment (default 1: no alternatives) */
  alternatives?: number;
  /** tell when speech starts and ends (default false) */
  speechEvents?: boolean;
  /** know which chunks are silent (default false) */
  watchesSilence?: boolean;
  /** added to all times: of the audio before the samples pushed (default 0) */
  startSeconds?: number;
  /** number of the first segment (default 0) */
  firstSegment?: number;
  /** of the samples pushed first, which another stream has told of: the model hears them, no result tells of them; whole chunks count (default 0) */
  heardSeconds?: number;
}

/** Seconds from one output frame of the model to the next. */
export function frameSecondsOf({ interface: { subsamplingFactor, frontEnd } }: RecogniserModel): number {
  const hopSamples = frontEnd.kind === 'fbank' ? FBANK.hopSamples : frontEnd.frameSamples;
  return (subsamplingFactor * hopSamples) / frontEnd.sampleRate;
}

/** Whether the model takes log-mel frames of samples in [-1, 1]. */
export const isLogMel = (frontEnd: FrontEndSizes): boolean => frontEnd.kind === 'fbank' && frontEnd.gain === 1;

/** @throws AUR_SERVING_NOT_LOG_MEL where loudness cannot be told from what the model hears */
function requireLogMel({ description, interface: model }: RecogniserModel): RecogniserModel['interface'] {
  if (isLogMel(model.frontEnd)) return model;
  throw servingError('AUR_SERVING_NOT_LOG_MEL', { model: description.name });
}

/** Where a recogniser stands at the start of a segment: one that takes it up hears the rest as this one would. Plain data, to which the model's state
 *  belongs. */
export interface RecogniserState {
  /** of the stream that has to be pushed from here on */
  samples: number;
  /** answered so far */
  chunks: number;
  segment: number;
  settledSeconds: number;
  decoder: SegmentBorder;
  watch?: SpeechWatchState;
}

/** One stream. Feed it with `push` and `finish`, take chunks with `nextChunk` while it gives one, answer each with `accept`. */
export class Recogniser {
  private readonly feed: ChunkFeed;
  private readonly decoder: StreamDecoder;
  private readonly rules: readonly EndpointRule[];
  private readonly startSeconds: number;
  /** chunks of which no result tells */
  private readonly heardChunks: number;
  private acceptedChunks = 0;
  /** with the chunk accepted last */
  hasEndedSegment = false;
  private segment: number;
  private lastText = '';
  private lastStable = 0;
  private settled: number;
  /** where somebody asks for what it tells */
  private readonly watch: SpeechWatch | undefined;

  /** @param from takes up a stream where another recogniser of the same options stood
   *  @throws AUR_AUDIO_RATE, AUR_SERVING_NOT_LOG_MEL */
  constructor(
    model: RecogniserModel,
    private readonly options: RecogniserOptions,
    from?: RecogniserState,
  ) {
    this.rules = options.endpointRules ?? DEFAULT_ENDPOINT_RULES;
    this.startSeconds = options.startSeconds ?? 0;
    this.decoder = options.decoder ?? new GreedyDecoder(model.tokens, { frameSeconds: frameSecondsOf(model) });
    this.segment = from?.segment ?? options.firstSegment ?? 0;
    this.settled = from?.settledSeconds ?? this.startSeconds;
    if (options.speechEvents || options.watchesSilence || listensToEnergy(this.rules))
      this.watch = new SpeechWatch(requireLogMel(model), from?.chunks, from?.watch);
    this.feed = new ChunkFeed(model, options.sampleRate, (frames, position) => this.hear(frames, position), from);
    this.heardChunks = Math.floor((options.heardSeconds ?? 0) / this.feed.chunkSeconds + 1e-6);
    if (!from) return;
    this.acceptedChunks = from.chunks;
    this.decoder.resume(from.decoder);
  }

  /** Seconds of audio pushed so far. */
  get audioSeconds(): number {
    return this.feed.audioSeconds;
  }

  /** True once every chunk of the finished stream has been accepted. */
  get isDone(): boolean {
    return this.acceptedChunks >= this.feed.totalChunks;
  }

  /** Segments that have ended with something said, those before this recogniser's included. */
  get segments(): number {
    return this.segment;
  }

  /** Seconds of audio that no later word needs: a time in the pause that ended the latest segment. */
  get settledSeconds(): number {
    return this.settled;
  }

  /** Whether the next chunk to be accepted is silent by its energy; false where that is not watched. */
  get isSilent(): boolean {
    return this.watch?.nextIsSilent ?? false;
  }

  /** Where it stands; only between `accept` having ended a segment and the next call of it. */
  get state(): RecogniserState {
    return {
      ...this.feed.startFor(this.acceptedChunks),
      segment: this.segment,
      settledSeconds: this.settled,
      decoder: this.decoder.border,
      watch: this.watch?.answered,
    };
  }

  /** @param samples mono PCM in [-1, 1], any number */
  push(samples: Float32Array): void {
    this.feed.push(samples);
  }

  /** Ends the stream: the model's tail of digital silence follows, then as much as makes the last chunk whole, where the model wants it whole. */
  finish(): void {
    this.feed.finish();
    if (this.feed.totalChunks > 0) this.watch?.finish();
  }

  /** When speech started and ended, as far as it was told since the last call, in order: known when the audio is pushed, before the model has
   *  heard it. Empty where it was not asked for. */
  takeSpeechEvents(): SpeechEvent[] {
    const events = this.watch?.takeEvents() ?? [];
    const { speechEvents, heardSeconds = 0 } = this.options;
    if (!speechEvents) return [];
    return events
      .filter(({ time }) => time >= heardSeconds)
      .map(({ type, time }) => ({ type, time: time + this.startSeconds }));
  }

  /** The next window of frames, row-major [window, frameSize] (shorter at the end, for a model that hears whole utterances), valid until the next call of `push` or `finish`; undefined when there is none yet. */
  nextChunk(): Float32Array | undefined {
    return this.feed.nextChunk();
  }

  /** Takes the log-probs of the oldest chunk not yet answered.
   *  @param logProbs row-major [frames, vocabulary]
   *  @returns the segment as it stands if its text changed or more of it became stable, or as final if it ended
   *  @throws DecodingError */
  accept(logProbs: Float32Array, frames: number): Segment | undefined {
    this.decoder.push(logProbs, frames);
    this.acceptedChunks++;
    const quiet = this.watch?.answer() ?? 0;
    if (this.acceptedChunks <= this.heardChunks) {
      this.decoder.reset();
      this.watch?.startSegment();
    }
    const ends = this.isDone || this.isEndpoint(quiet);
    const found = this.current(ends);
    const changed = ends
      ? found.text !== ''
      : found.text !== this.lastText || (found.text !== '' && found.stableCharacters > this.lastStable);
    this.lastText = ends ? '' : found.text;
    this.lastStable = ends ? 0 : found.stableCharacters;
    this.hasEndedSegment = ends;
    if (ends) {
      this.settled = this.isDone ? this.startSeconds + this.audioSeconds : this.settledNow();
      this.decoder.reset();
      this.watch?.startSegment();
      if (changed) this.segment++;
    }
    return changed ? found : undefined;
  }

  private isEndpoint(quiet: number): boolean {
    const { decoder } = this;
    return isEndpoint(this.rules, {
      hasSpeech: decoder.hasTokens,
      trailingSilence: decoder.trailingBlankSeconds,
      utteranceLength: decoder.segmentSeconds,
      quiet,
      get relativeCost() {
        return decoder.relativeCost;
      },
    });
  }

  private settledNow(): number {
    const { chunkSeconds } = this.feed;
    const pause = this.decoder.trailingBlankSeconds;
    const found = settledInPause(this.acceptedChunks * chunkSeconds, pause, chunkSeconds);
    return found === undefined ? this.settled : this.startSeconds + found;
  }

  private current(isFinal: boolean): Segment {
    const { alternatives = 1 } = this.options;
    const likeliest = alternatives > 1 ? this.decoder.nBest(alternatives, isFinal) : [this.decoder.result(isFinal)];
    const { stableCharacters } = likeliest[0];
    return {
      segment: this.segment,
      ...this.spoken(likeliest[0]),
      stableCharacters,
      ...(alternatives > 1 && { alternatives: likeliest.map(this.spoken) }),
      isFinal,
    };
  }

  private hear(frames: Float32Array, position: number): void {
    const { watch } = this;
    if (!watch) return;
    // Where it takes up a stream, the watch has seen these already.
    const seen = Math.max(0, watch.watchedFrames - position);
    watch.push(frames.subarray(seen * FBANK.melBins));
  }

  private readonly spoken = ({ text, start, end, confidence, words }: Hypothesis): Alternative => {
    const { startSeconds } = this;
    const later = <T extends { start: number; end: number }>(timed: T): T => ({
      ...timed,
      start: timed.start + startSeconds,
      end: timed.end + startSeconds,
    });
    const said = { text, start, end, confidence, words };
    return startSeconds === 0 ? said : { ...later(said), words: words.map(later) };
  };
}
