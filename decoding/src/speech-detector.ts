/** Log-mel frames of a stream go in, when speech starts and ends comes out, by how far the frames stand out of the noise: no model, no decoder. */
import { checkNumbers, type NumberRule } from './options.js';

/** `time`: seconds from the stream's start, of the first frame that is loud or the end of the last one. */
export interface SpeechEvent {
  type: 'speech_started' | 'speech_ended';
  time: number;
}

/** Where a detector stands in its stream; plain data. */
export interface SpeechDetectorState {
  /** mean log-mel energy that frames fall back to */
  noise: number;
  /** frames taken */
  frame: number;
  /** first frame of the loud stretch under way, -1 where there is none */
  onset: number;
  /** loud frames in it */
  loud: number;
  /** frame after the last loud one of speech */
  lastLoud: number;
  /** frame after the last one that stood out of the noise, speech or not */
  lastAbove: number;
  isSpeech: boolean;
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
  private readonly now: SpeechDetectorState;
  private readonly events: SpeechEvent[] = [];

  /** @param from takes a stream up where another detector of the same options stood
   *  @throws DecodingError AUR_DECODING_OPTION */
  constructor(options: SpeechDetectorOptions = {}, from?: SpeechDetectorState) {
    this.options = checkNumbers('speech', { ...options }, RULES);
    this.now = { noise: Number.NaN, frame: 0, onset: -1, loud: 0, lastLoud: 0, lastAbove: 0, isSpeech: false, ...from };
  }

  /** A copy of where it stands. */
  get state(): SpeechDetectorState {
    return { ...this.now };
  }

  /** Whether somebody speaks, as far as the frames so far tell. */
  get speaking(): boolean {
    return this.now.isSpeech;
  }

  /** End of the last loud frame of speech, seconds from the stream's start; 0 where there was none yet. */
  get lastSpeechSeconds(): number {
    return this.now.lastLoud * this.options.frameSeconds;
  }

  /** Seconds since the last loud frame of speech; 0 where there was none yet. */
  get quietSeconds(): number {
    return this.now.lastLoud === 0 ? 0 : (this.now.frame - this.now.lastLoud) * this.options.frameSeconds;
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
    if (this.now.isSpeech) this.endSpeech();
  }

  private take(energy: number): void {
    const { now } = this;
    const { frameSeconds, threshold, lowThreshold, startSeconds, endSeconds, floor } = this.options;
    if (now.frame === 0) now.noise = Math.min(Math.max(energy, FIRST_NOISE.low), FIRST_NOISE.high);
    const step = energy - now.noise;
    now.noise = Math.max(floor, now.noise + (step < 0 ? FALL * step : Math.min(step, RISE * frameSeconds)));
    const above = energy - now.noise;
    now.frame++;
    if (above >= (now.isSpeech ? lowThreshold : threshold)) {
      now.lastAbove = now.frame;
      if (now.onset < 0) now.onset = now.frame - 1;
      now.loud++;
      if (!now.isSpeech && now.loud * frameSeconds >= startSeconds - 1e-9) {
        now.isSpeech = true;
        this.events.push({ type: 'speech_started', time: now.onset * frameSeconds });
      }
      if (now.isSpeech) now.lastLoud = now.frame;
    } else if (now.isSpeech) {
      if ((now.frame - now.lastLoud) * frameSeconds >= endSeconds - 1e-9) this.endSpeech();
    } else {
      now.onset = -1;
      now.loud = 0;
    }
  }

  private endSpeech(): void {
    const { now } = this;
    now.isSpeech = false;
    now.onset = -1;
    now.loud = 0;
    this.events.push({ type: 'speech_ended', time: now.lastLoud * this.options.frameSeconds });
  }
}
