/** Samples of one stream go in, windows of feature frames come out for the model; a feed can be taken up by another at the border of any chunk. */
import { resamplerReach, StreamingResampler } from '@auricle/audio/resample';
import type { Bundle } from '@auricle/bundle';
import { createFrontEnd, type FrontEnd } from './front-end.js';

/** What a feed needs to know of a bundle. */
export interface ChunkModel {
  description: Pick<Bundle['description'], 'tailSeconds'>;
  interface: Pick<Bundle['interface'], 'windowSize' | 'chunkShift' | 'frontEnd' | 'hearsWhole'>;
}

/** Seconds from one chunk to the next. */
export function chunkSecondsOf({ interface: { chunkShift, frontEnd } }: ChunkModel): number {
  return secondsOfChunk(chunkShift, createFrontEnd(frontEnd));
}

const secondsOfChunk = (chunkShift: number, { hopSamples, sampleRate }: FrontEnd) =>
  (chunkShift * hopSamples) / sampleRate;

/** @param sampleRate of the stream, Hz
 *  @returns the samples of a stream that complete a chunk, by its number */
export function samplesForChunks(model: ChunkModel, sampleRate: number): (chunk: number) => number {
  const { windowSize, chunkShift, frontEnd } = model.interface;
  const { hopSamples, reachSamples, ...features } = createFrontEnd(frontEnd);
  const reach = resamplerReach(sampleRate, features.sampleRate);
  return (chunk) => {
    const lastSample = (chunk * chunkShift + windowSize - 1) * hopSamples + reachSamples - 1;
    return Math.floor((lastSample * sampleRate) / features.sampleRate) + reach + 1;
  };
}

/** Where a feed takes up another: the audio pushed first is that of `samples`, the first chunk that of `chunks`. */
export interface FeedStart {
  samples: number;
  chunks: number;
}

export class ChunkFeed {
  private readonly resampler: StreamingResampler;
  private readonly frontEnd: FrontEnd;
  /** Its first `held` values are frames from position `start` on, row-major [frames, frameSize]. */
  private buffer = new Float32Array(0);
  private held = 0;
  private start: number;
  /** Samples of the stream so far, as pushed and at the model's rate. */
  private inputSamples: number;
  private modelSamples: number;
  private takenChunks: number;
  /** Chunks of the whole stream; known once it is finished. */
  totalChunks = Number.POSITIVE_INFINITY;
  /** Frames of all those chunks. */
  private totalFrames = Number.POSITIVE_INFINITY;

  /** @param sampleRate of the samples pushed, Hz
   *  @param onFrames is given the frames as they are made, and the position of the first; the first ones of a feed that takes up another are none
   *  @throws AUR_AUDIO_RATE */
  constructor(
    private readonly model: ChunkModel,
    private readonly sampleRate: number,
    private readonly onFrames: (frames: Float32Array, position: number) => void = () => undefined,
    from: FeedStart = { samples: 0, chunks: 0 },
  ) {
    this.frontEnd = createFrontEnd(model.interface.frontEnd);
    this.resampler = new StreamingResampler(sampleRate, this.frontEnd.sampleRate);
    this.inputSamples = from.samples;
    this.modelSamples = this.atModelRate(from.samples);
    this.start = this.modelSamples / this.frontEnd.hopSamples;
    this.takenChunks = from.chunks;
  }

  /** Seconds of audio pushed so far. */
  get audioSeconds(): number {
    return this.inputSamples / this.sampleRate;
  }

  /** Seconds from one chunk to the next. */
  get chunkSeconds(): number {
    return secondsOfChunk(this.model.interface.chunkShift, this.frontEnd);
  }

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
  }

  /** The next window of frames, row-major [window, frameSize] (shorter at the end, for a model that hears whole utterances), valid until the next call of `push` or `finish`; undefined when there is none yet. */
  nextChunk(): Float32Array | undefined {
    const { windowSize, chunkShift } = this.model.interface;
    if (this.takenChunks >= this.totalChunks) return undefined;
    const from = this.takenChunks * chunkShift - this.start;
    const { frameSize } = this.frontEnd;
    const end = Math.min(from + windowSize, this.totalFrames - this.start);
    if (this.held < end * frameSize) return undefined;
    this.takenChunks++;
    return this.buffer.subarray(from * frameSize, end * frameSize);
  }

  /** Where a feed that takes this one up at the start of a chunk begins. */
  startFor(chunks: number): FeedStart {
    const { hopSamples, sampleRate } = this.frontEnd;
    // Before its frames are right, a feed needs what its filters reach over.
    const reach = resamplerReach(this.sampleRate, sampleRate) / this.sampleRate;
    const warmUp = Math.ceil((2 * reach * sampleRate) / hopSamples) + 2;
    // A whole sample of either rate and the start of a frame.
    const frames = wholeMultiple((hopSamples * this.sampleRate) / sampleRate);
    const latest = chunks * this.model.interface.chunkShift - warmUp;
    const frame = Math.max(0, Math.floor(latest / frames) * frames);
    return { samples: Math.round((frame * hopSamples * this.sampleRate) / sampleRate), chunks };
  }

  private atModelRate(samples: number): number {
    return Math.round((samples * this.frontEnd.sampleRate) / this.sampleRate);
  }

  private pushModelRate(samples: Float32Array): void {
    this.modelSamples += samples.length;
    const { frameSize } = this.frontEnd;
    const fresh = this.frontEnd.push(samples);
    if (fresh.length === 0) return;
    this.onFrames(fresh, this.start + this.held / frameSize);
    const spent = Math.min(this.takenChunks * this.model.interface.chunkShift - this.start, this.held / frameSize);
    this.buffer.copyWithin(0, spent * frameSize, this.held);
    this.held -= spent * frameSize;
    this.start += spent;
    if (this.held + fresh.length > this.buffer.length) {
      const larger = new Float32Array(2 * (this.held + fresh.length));
      larger.set(this.buffer.subarray(0, this.held));
      this.buffer = larger;
    }
    this.buffer.set(fresh, this.held);
    this.held += fresh.length;
  }
}

/** The smallest whole number whose product with `x` is whole. */
function wholeMultiple(x: number): number {
  for (let n = 1; ; n++) if (Math.abs(n * x - Math.round(n * x)) < 1e-6) return n;
}
