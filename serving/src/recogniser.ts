/** Samples of one stream go in and chunks of features come out for the model; its log-probs go in and segments come out. No sockets, no session. */
import { FBANK, StreamingResampler } from '@auricle/audio';
import type { Bundle } from '@auricle/bundle';
import {
  DEFAULT_ENDPOINT_RULES,
  type EndpointRule,
  GreedyDecoder,
  type Hypothesis,
  isEndpoint,
  listensToEnergy,
  type SpeechEvent,
  type StreamDecoder,
} from '@auricle/decoding';
import { servingError } from './errors.js';
import { createFrontEnd, type FrontEnd } from './front-end.js';
import type { Alternative, Segment } from './results.js';
import { settledInPause } from './settled.js';
import { SpeechWatch } from './speech-watch.js';

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
}

/** Seconds from one output frame of the model to the next. */
export function frameSecondsOf({ interface: { subsamplingFactor, frontEnd } }: RecogniserModel): number {
  const hopSamples = frontEnd.kind === 'fbank' ? FBANK.hopSamples : frontEnd.frameSamples;
  return (subsamplingFactor * hopSamples) / frontEnd.sampleRate;
}

/** @throws AUR_SERVING_NOT_LOG_MEL where loudness cannot be told from what the model hears */
function requireLogMel({ description, interface: model }: RecogniserModel): RecogniserModel['interface'] {
  const { frontEnd } = model;
  if (frontEnd.kind === 'fbank' && frontEnd.gain === 1) return model;
  throw servingError('AUR_SERVING_NOT_LOG_MEL', { model: description.name });
}

/** One stream. Feed it with `push` and `finish`, take chunks with `nextChunk` while it gives one, answer each with `accept`. */
export class Recogniser {
  private readonly resampler: StreamingResampler;
  private readonly frontEnd: FrontEnd;
  private readonly decoder: StreamDecoder;
  private readonly rules: readonly EndpointRule[];
  /** Frames from position `start` on, row-major [frames, frameSize]. */
  private frames = new Float32Array(0);
  private start = 0;
  private inputSamples = 0;
  private modelSamples = 0;
  /** Chunks the whole stream has; known once it is finished. */
  private totalChunks = Number.POSITIVE_INFINITY;
  /** Frames of all those chunks. */
  private totalFrames = Number.POSITIVE_INFINITY;
  private takenChunks = 0;
  private acceptedChunks = 0;
  private segment = 0;
  private lastText = '';
  private lastStable = 0;
  private settled = 0;
  /** where somebody asks for what it tells */
  private readonly watch: SpeechWatch | undefined;

  /** @throws AUR_AUDIO_RATE, AUR_SERVING_NOT_LOG_MEL */
  constructor(
    private readonly model: RecogniserModel,
    private readonly options: RecogniserOptions,
  ) {
    this.frontEnd = createFrontEnd(model.interface.frontEnd);
    this.resampler = new StreamingResampler(options.sampleRate, this.frontEnd.sampleRate);
    this.rules = options.endpointRules ?? DEFAULT_ENDPOINT_RULES;
    if (options.speechEvents || listensToEnergy(this.rules)) this.watch = new SpeechWatch(requireLogMel(model));
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

  /** Ends the stream: the model's tail of digital silence follows, then as much as makes the last chunk whole, where the model wants it whole. */
  finish(): void {
    this.pushModelRate(this.resampler.flush());
    if (this.modelSamples === 0) {
      this.totalChunks = 0;
      return;
    }
    const { windowSize, chunkShift, hearsWhole } = this.model.interface;
    const { sampleRate, hopSamples, reachSamples } = this.frontEnd;
    const tail = Math.round(this.model.description.tailSeconds * sampleRate);
    const frames = this.frontEnd.framesOf(this.modelSamples + tail);
    this.totalChunks = Math.max(0, Math.ceil((frames - windowSize) / chunkShift)) + 1;
    this.totalFrames = hearsWhole ? Math.max(1, frames) : (this.totalChunks - 1) * chunkShift + windowSize;
    const lastFrame = this.totalFrames - 1;
    // Enough for the last frame to be whole: the right edge is silence, never mirrored.
    this.pushModelRate(new Float32Array(lastFrame * hopSamples + reachSamples - this.modelSamples));
    this.watch?.finish();
  }

  /** When speech started and ended, as far as it was told since the last call, in order: known when the audio is pushed, before the model has
   *  heard it. Empty where it was not asked for. */
  takeSpeechEvents(): SpeechEvent[] {
    return this.options.speechEvents ? this.watch!.takeEvents() : [];
  }

  /** The next window of frames, row-major [window, frameSize] (shorter at the end, for a model that hears whole utterances), valid until the next call of `push` or `finish`; undefined when there is none yet. */
  nextChunk(): Float32Array | undefined {
    const { windowSize, chunkShift } = this.model.interface;
    if (this.takenChunks >= this.totalChunks) return undefined;
    const from = this.takenChunks * chunkShift - this.start;
    const { frameSize } = this.frontEnd;
    const end = Math.min(from + windowSize, this.totalFrames - this.start);
    if (this.frames.length < end * frameSize) return undefined;
    this.takenChunks++;
    return this.frames.subarray(from * frameSize, end * frameSize);
  }

  /** Takes the log-probs of the oldest chunk not yet answered.
   *  @param logProbs row-major [frames, vocabulary]
   *  @returns the segment as it stands if its text changed or more of it became stable, or as final if it ended
   *  @throws DecodingError */
  accept(logProbs: Float32Array, frames: number): Segment | undefined {
    this.decoder.push(logProbs, frames);
    this.acceptedChunks++;
    const quiet = this.watch?.answer() ?? 0;
    const ends = this.isDone || this.isEndpoint(quiet);
    const found = this.current(ends);
    const changed = ends
      ? found.text !== ''
      : found.text !== this.lastText || (found.text !== '' && found.stableCharacters > this.lastStable);
    this.lastText = ends ? '' : found.text;
    this.lastStable = ends ? 0 : found.stableCharacters;
    if (ends) {
      this.settled = this.isDone ? this.audioSeconds : this.settledNow(this.decoder.trailingBlankSeconds);
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

  private settledNow(pauseSeconds: number): number {
    const { hopSamples, sampleRate } = this.frontEnd;
    const chunkSeconds = (this.model.interface.chunkShift * hopSamples) / sampleRate;
    return settledInPause(this.acceptedChunks * chunkSeconds, pauseSeconds, chunkSeconds) ?? this.settled;
  }

  private current(isFinal: boolean): Segment {
    const { alternatives = 1 } = this.options;
    const likeliest = alternatives > 1 ? this.decoder.nBest(alternatives, isFinal) : [this.decoder.result(isFinal)];
    const { stableCharacters } = likeliest[0];
    return {
      segment: this.segment,
      ...spoken(likeliest[0]),
      stableCharacters,
      ...(alternatives > 1 && { alternatives: likeliest.map(spoken) }),
      isFinal,
    };
  }

  private pushModelRate(samples: Float32Array): void {
    this.modelSamples += samples.length;
    const { frameSize } = this.frontEnd;
    const fresh = this.frontEnd.push(samples);
    if (fresh.length === 0) return;
    this.watch?.push(fresh);
    const wanted = Math.min(
      this.takenChunks * this.model.interface.chunkShift - this.start,
      this.frames.length / frameSize,
    );
    const kept = this.frames.subarray(wanted * frameSize);
    const joined = new Float32Array(kept.length + fresh.length);
    joined.set(kept);
    joined.set(fresh, kept.length);
    this.frames = joined;
    this.start += wanted;
  }
}

const spoken = ({ text, start, end, confidence, words }: Hypothesis): Alternative => ({
  text,
  start,
  end,
  confidence,
  words,
});
