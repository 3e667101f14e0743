/** A stream's frames go in as they are made, when speech starts and ends comes out, and how quiet it was at the end of each chunk: whenever that is
 *  answered, so that an endpoint does not depend on how the audio was cut. */
import { FBANK } from '@auricle/audio';
import type { ModelInterface } from '@auricle/bundle';
import { SpeechDetector, type SpeechEvent } from '@auricle/decoding';

const { melBins, hopSamples, sampleRate } = FBANK;
const FRAME_SECONDS = hopSamples / sampleRate;

export class SpeechWatch {
  private readonly detector = new SpeechDetector({ melBins, frameSeconds: FRAME_SECONDS });
  private frames = 0;
  /** end of the last loud frame before the end of each chunk that is not answered yet, seconds; 0 where there was none */
  private readonly lastSpeech: number[] = [];
  private watchedChunks = 0;
  private answeredChunks = 0;
  /** where the segment began, seconds */
  private segmentStart = 0;

  constructor(private readonly model: Pick<ModelInterface, 'windowSize' | 'chunkShift'>) {}

  /** @param frames row-major [frames, 80], those after the last ones */
  push(frames: Float32Array): void {
    for (let at = 0; at < frames.length; ) {
      const wanted = (this.endOf(this.watchedChunks) - this.frames) * melBins;
      const part = frames.subarray(at, at + wanted);
      this.detector.push(part);
      this.frames += part.length / melBins;
      at += part.length;
      if (part.length < wanted) return;
      this.lastSpeech.push(this.detector.lastSpeechSeconds);
      this.watchedChunks++;
    }
  }

  /** The next chunk was answered.
   *  @returns seconds of quiet at its end after speech in the segment; 0 where there was none */
  answer(): number {
    const last = this.lastSpeech.shift() ?? 0;
    const end = this.endOf(this.answeredChunks++) * FRAME_SECONDS;
    return last > this.segmentStart ? end - last : 0;
  }

  /** The segment ended with the last answered chunk. */
  startSegment(): void {
    this.segmentStart = this.endOf(this.answeredChunks - 1) * FRAME_SECONDS;
  }

  /** Ends the stream. */
  finish(): void {
    this.detector.finish();
  }

  /** What was found since the last call, in order. */
  takeEvents(): SpeechEvent[] {
    return this.detector.takeEvents();
  }

  private endOf(chunk: number): number {
    return chunk * this.model.chunkShift + this.model.windowSize;
  }
}
