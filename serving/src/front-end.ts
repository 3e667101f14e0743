/** Samples of one stream go in, the model's feature frames come out: log-mel frames, or the samples themselves in frames. */
import { frameCount, StreamingFbank } from '@auricle/audio/fbank';
import { FBANK } from '@auricle/audio/fbank-plan';
import type { FrontEndSizes } from '@auricle/bundle';

export interface FrontEnd {
  /** of the samples pushed, Hz */
  readonly sampleRate: number;
  /** values of a frame */
  readonly frameSize: number;
  /** samples from one frame to the next */
  readonly hopSamples: number;
  /** samples from the start of a frame's hop to the last that it needs */
  readonly reachSamples: number;
  /** Frames that so many samples of a stream that has ended give. */
  framesOf(samples: number): number;
  /** @param samples mono PCM in [-1, 1], any number
   *  @returns the frames that became complete, row-major [frames, frameSize] */
  push(samples: Float32Array): Float32Array;
}

export const createFrontEnd = (sizes: FrontEndSizes): FrontEnd =>
  sizes.kind === 'fbank' ? new FbankFrontEnd(sizes.gain) : new SampleFrames(sizes.sampleRate, sizes.frameSamples);

class FbankFrontEnd implements FrontEnd {
  readonly sampleRate = FBANK.sampleRate;
  readonly frameSize = FBANK.melBins;
  readonly hopSamples = FBANK.hopSamples;
  /** Frame t covers samples up to 160 t + 280. */
  readonly reachSamples = (FBANK.frameSamples + FBANK.hopSamples) / 2;
  private readonly fbank = new StreamingFbank();

  /** @param gain factor of the samples */
  constructor(private readonly gain: number) {}

  framesOf(samples: number): number {
    return frameCount(samples);
  }

  push(samples: Float32Array): Float32Array {
    return this.fbank.push(this.gain === 1 ? samples : samples.map((sample) => sample * this.gain));
  }
}

/** Frames of whole samples, one after the other. */
class SampleFrames implements FrontEnd {
  readonly frameSize: number;
  readonly hopSamples: number;
  readonly reachSamples: number;
  private rest = new Float32Array(0);

  constructor(
    readonly sampleRate: number,
    frameSamples: number,
  ) {
    this.frameSize = frameSamples;
    this.hopSamples = frameSamples;
    this.reachSamples = frameSamples;
  }

  framesOf(samples: number): number {
    return Math.ceil(samples / this.hopSamples);
  }

  push(samples: Float32Array): Float32Array {
    const joined = new Float32Array(this.rest.length + samples.length);
    joined.set(this.rest);
    joined.set(samples, this.rest.length);
    const whole = joined.length - (joined.length % this.frameSize);
    this.rest = joined.slice(whole);
    return joined.subarray(0, whole);
  }
}
