/** A stream's frames go in as they are made, when speech starts and ends comes out, and how quiet it was at the end of each chunk: whenever that is
 *  answered, so that an endpoint does not depend on how the audio was cut. */
import { FBANK } from '@auricle/audio/fbank-plan';
import type { ModelInterface } from '@auricle/bundle';
import { SpeechDetector, type SpeechDetectorState, type SpeechEvent } from '@auricle/decoding/speech-detector';

const { melBins, hopSamples, sampleRate } = FBANK;
const FRAME_SECONDS = hopSamples / sampleRate;

/** Where a watch stood at the end of a chunk; plain data. */
export interface SpeechWatchState {
  detector: SpeechDetectorState;
  /** found so far */
  events: number;
}

interface Border extends SpeechWatchState {
  /** nothing in the chunk stands out of the noise, and nobody speaks */
  isSilent: boolean;
}

export class SpeechWatch {
  private readonly detector: SpeechDetector;
  private frames = 0;
  private found: SpeechEvent[] = [];
  private foundInAll: number;
  /** at the ends of chunks that are not answered yet */
  private readonly borders: Border[] = [];
  /** at the end of the last answered chunk */
  private border: SpeechWatchState;
  private watchedChunks: number;
  private answeredChunks: number;
  /** where the segment began, seconds */
  private segmentStart = 0;

  /** @param chunks answered before, where another watch stood at the end of the last of them: a segment starts there */
  constructor(
    private readonly model: Pick<ModelInterface, 'windowSize' | 'chunkShift'>,
    chunks = 0,
    from?: SpeechWatchState,
  ) {
    this.detector = new SpeechDetector({ melBins, frameSeconds: FRAME_SECONDS }, from?.detector);
    this.foundInAll = from?.events ?? 0;
    this.frames = from?.detector.frame ?? 0;
    this.watchedChunks = chunks;
    this.answeredChunks = chunks;
    this.border = this.state;
    if (from) this.startSegment();
  }

  /** Frames watched so far. */
  get watchedFrames(): number {
    return this.frames;
  }

  /** @param frames row-major [frames, 80], those after the last ones */
  push(frames: Float32Array): void {
    for (let at = 0; at < frames.length; ) {
      const wanted = (this.endOf(this.watchedChunks) - this.frames) * melBins;
      const part = frames.subarray(at, at + wanted);
      this.detector.push(part);
      this.collect();
      this.frames += part.length / melBins;
      at += part.length;
      if (part.length < wanted) return;
      this.borders.push({ ...this.state, isSilent: this.isSilent });
      this.watchedChunks++;
    }
  }

  /** The next chunk was answered.
   *  @returns seconds of quiet at its end after speech in the segment; 0 where there was none */
  answer(): number {
    const { detector, events } = this.borders.shift() ?? this.border;
    this.border = { detector, events };
    const last = this.border.detector.lastLoud * FRAME_SECONDS;
    const end = this.endOf(this.answeredChunks++) * FRAME_SECONDS;
    return last > this.segmentStart ? end - last : 0;
  }

  /** Whether the next chunk to be answered is silent. */
  get nextIsSilent(): boolean {
    return this.borders[0]?.isSilent ?? false;
  }

  /** The segment ended with the last answered chunk. */
  startSegment(): void {
    this.segmentStart = this.endOf(this.answeredChunks - 1) * FRAME_SECONDS;
  }

  /** How it stood at the end of the last answered chunk. */
  get answered(): SpeechWatchState {
    return this.border;
  }

  /** Ends the stream. */
  finish(): void {
    this.detector.finish();
    this.collect();
  }

  /** What was found since the last call, in order. */
  takeEvents(): SpeechEvent[] {
    return this.found.splice(0);
  }

  private collect(): void {
    const events = this.detector.takeEvents();
    this.foundInAll += events.length;
    this.found.push(...events);
  }

  private get isSilent(): boolean {
    const { isSpeech, lastAbove } = this.detector.state;
    return !isSpeech && lastAbove <= this.watchedChunks * this.model.chunkShift;
  }

  private get state(): SpeechWatchState {
    return { detector: this.detector.state, events: this.foundInAll };
  }

  private endOf(chunk: number): number {
    return chunk * this.model.chunkShift + this.model.windowSize;
  }
}
