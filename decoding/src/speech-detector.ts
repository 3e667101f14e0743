/** Log-mel frames of a stream go in, when speech starts and ends comes out, by how far the frames stand out of the noise: no model, no decoder. */
import { checkNumbers, type NumberRule } from './options.js';

/** `time`: seconds from the stream's start, of the first frame that is loud or the end of the last one. */
export interface SpeechEvent {
  type: 'speech_started' | 'speech_ended';
  time: number;
}

export interface SpeechDetectorOptions {
  /** of the frames (default 80) */
  melBins?: number;
  /** from one frame to the next (default 0.01) */
  frameSeconds?: number;
  /** nats that the mean log-mel energy of a frame stands out of the noise by where speech may begin (default 1.5, which is 6.5 dB) */
  threshold?: number;
  /** nats below which it may end (default 0.9) */
  lowThreshold?: number;
  /** loud frames on end that make speech, seconds (default 0.08) */
  startSeconds?: number;
  /** seconds of quiet that end it (default 0.5) */
  endSeconds?: number;
  /** mean log-mel energy (nats) below which all is silence, however much quieter it was before (default -13) */
  floor?: number;
}

const RULES: Record<keyof SpeechDetectorOptions, NumberRule> = {
  melBins: { default: 80, low: 1, high: 10_000, whole: true },
  frameSeconds: { default: 0.01, low: 0.001, high: 1 },
  threshold: { default: 1.5, low: 0 },
  lowThreshold: { default: 0.9, low: 0 },
  startSeconds: { default: 0.08, low: 0, high: 10 },
  endSeconds: { default: 0.5, low: 0.01, high: 60 },
  floor: { default: -13 },
};

/** The first frame is taken for noise if it is between these (nats): louder, and a stream that opens in the midst of a word would be deaf. */
const FIRST_NOISE = { low: -11, high: -8.5 };
/** How fast the estimate of the noise follows quieter frames (share of the way a frame) and louder ones (nats a second). */
const FALL = 0.25;
const RISE = 0.5;

/** One stream. The noise is the level that frames fall back to between sounds: it is followed down at once and up slowly. How the frames are cut
 *  makes no difference. */
export class SpeechDetector {
  private readonly options: Record<keyof SpeechDetectorOptions, number>;
  private noise = Number.NaN;
  private frame = 0;
  /** first frame of the loud stretch under way, loud frames in it */
  private onset = -1;
  private loud = 0;
  /** frame after the last loud one */
  private lastLoud = 0;
  private isSpeech = false;
  private readonly events: SpeechEvent[] = [];

  /** @throws DecodingError AUR_DECODING_OPTION */
  constructor(options: SpeechDetectorOptions = {}) {
    this.options = checkNumbers('speech', { ...options }, RULES);
  }

  /** Whether somebody speaks, as far as the frames so far tell. */
  get speaking(): boolean {
    return this.isSpeech;
  }

  /** End of the last loud frame of speech, seconds from the stream's start; 0 where there was none yet. */
  get lastSpeechSeconds(): number {
    return this.lastLoud * this.options.frameSeconds;
  }

  /** Seconds since the last loud frame of speech; 0 where there was none yet. */
  get quietSeconds(): number {
    return this.lastLoud === 0 ? 0 : (this.frame - this.lastLoud) * this.options.frameSeconds;
  }

  /** Takes any number of frames.
   *  @param frames row-major [frames, melBins], natural-log mel energies */
  push(frames: Float32Array): void {
    const { melBins } = this.options;
    for (let row = 0; row + melBins <= frames.length; row += melBins) {
      let sum = 0;
      for (let bin = 0; bin < melBins; bin++) sum += frames[row + bin];
      this.take(sum / melBins);
    }
  }

  /** What was found since the last call, in order. */
  takeEvents(): SpeechEvent[] {
    return this.events.splice(0);
  }

  /** Ends the stream: speech that goes on ends with it. */
  finish(): void {
    if (this.isSpeech) this.endSpeech();
  }

  private take(energy: number): void {
    const { frameSeconds, threshold, lowThreshold, startSeconds, endSeconds, floor } = this.options;
    if (this.frame === 0) this.noise = Math.min(Math.max(energy, FIRST_NOISE.low), FIRST_NOISE.high);
    const step = energy - this.noise;
    this.noise = Math.max(floor, this.noise + (step < 0 ? FALL * step : Math.min(step, RISE * frameSeconds)));
    const above = energy - this.noise;
    this.frame++;
    if (above >= (this.isSpeech ? lowThreshold : threshold)) {
      if (this.onset < 0) this.onset = this.frame - 1;
      this.loud++;
      if (!this.isSpeech && this.loud * frameSeconds >= startSeconds - 1e-9) {
        this.isSpeech = true;
        this.events.push({ type: 'speech_started', time: this.onset * frameSeconds });
      }
      if (this.isSpeech) this.lastLoud = this.frame;
    } else if (this.isSpeech) {
      if ((this.frame - this.lastLoud) * frameSeconds >= endSeconds - 1e-9) this.endSpeech();
    } else {
      this.onset = -1;
      this.loud = 0;
    }
  }

  private endSpeech(): void {
    this.isSpeech = false;
    this.onset = -1;
    this.loud = 0;
    this.events.push({ type: 'speech_ended', time: this.lastLoud * this.options.frameSeconds });
  }
}
