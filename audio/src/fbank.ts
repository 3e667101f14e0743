/** Samples go in, log-mel frames come out: Kaldi's fbank, whole or as a stream. */
import { audioError } from './audio-errors.js';
import { FBANK, type FbankOptions, type FbankPlan, planFbank } from './fbank-plan.js';
import { type FrameKernel, fftKernel } from './frame-kernel.js';

interface Fbank {
  plan: FbankPlan;
  kernel: FrameKernel;
}
let standard: Fbank | undefined;

function build(options?: FbankOptions): Fbank {
  if (options === undefined && standard) return standard;
  const plan = planFbank(options);
  const built = { plan, kernel: fftKernel(plan) };
  if (options === undefined) standard = built;
  return built;
}

/** Frames that so many samples give: one for each hop whose middle they reach. */
export const frameCount = (samples: number, hopSamples: number = FBANK.hopSamples) =>
  Math.floor((samples + Math.floor(hopSamples / 2)) / hopSamples);

/** Log-mel frames of a whole utterance, exactly as Kaldi's `compute-fbank-feats --snip-edges=false`.
 *  @param samples mono PCM in [-1, 1] at `options.sampleRate` Hz (16,000)
 *  @returns row-major [frames, melBins]; frames = floor((samples.length + hop / 2) / hop)
 *  @throws AUR_AUDIO_EMPTY when `samples` has no element, AUR_AUDIO_FBANK for options that give no frames */
export function fbank(samples: Float32Array, options?: FbankOptions): Float32Array {
  if (samples.length === 0) throw audioError('AUR_AUDIO_EMPTY', { source: 'fbank' });
  const stream = new StreamingFbank(options);
  const head = stream.push(samples);
  const tail = stream.flush();
  const frames = new Float32Array(head.length + tail.length);
  frames.set(head);
  frames.set(tail, head.length);
  return frames;
}

/** The same frames from samples that come in pieces: any cutting gives bit-identical frames. */
export class StreamingFbank {
  private readonly plan: FbankPlan;
  private readonly kernel: FrameKernel;
  /** The last samples, from absolute position `start` on, as far back as the next frame reaches. */
  private pending = new Float32Array(0);
  private start = 0;
  private received = 0;
  private frame = 0;

  /** @throws AUR_AUDIO_FBANK for options that give no frames */
  constructor(options?: FbankOptions) {
    const { plan, kernel } = build(options);
    this.plan = plan;
    this.kernel = kernel;
  }

  /** Frame t comes out with sample hop · t + frameLength - lead: at 16 kHz 160 t + 280.
   *  @param samples mono PCM in [-1, 1] at the options' rate, any number
   *  @returns the frames that became complete, row-major [frames, melBins] */
  push(samples: Float32Array): Float32Array {
    this.append(samples);
    const { frameSamples, hopSamples, lead } = this.plan;
    const beyondFirst = this.received - (frameSamples - lead);
    return this.emit(beyondFirst < 0 ? 0 : Math.floor(beyondFirst / hopSamples) + 1);
  }

  /** Ends the utterance: its right edge is mirrored for the last frames. The object is then as new. */
  flush(): Float32Array {
    const frames = this.emit(frameCount(this.received, this.plan.hopSamples));
    this.reset();
    return frames;
  }

  reset(): void {
    this.pending = new Float32Array(0);
    this.start = 0;
    this.received = 0;
    this.frame = 0;
  }

  private append(samples: Float32Array): void {
    const from = Math.max(0, this.frame * this.plan.hopSamples - this.plan.lead);
    const kept = this.pending.subarray(Math.min(from - this.start, this.pending.length));
    const joined = new Float32Array(kept.length + samples.length);
    joined.set(kept);
    joined.set(samples, kept.length);
    this.start += this.pending.length - kept.length;
    this.pending = joined;
    this.received += samples.length;
  }

  private emit(upTo: number): Float32Array {
    const { plan, kernel, received } = this;
    const { hopSamples, lead, frameSamples, melBins } = plan;
    const out = new Float32Array(Math.max(0, upTo - this.frame) * melBins);
    const begin = (frame: number) => frame * hopSamples - lead;
    for (let done = 0; this.frame < upTo; ) {
      const at = begin(this.frame);
      // All frames without an edge go to the kernel together.
      const inside = at < 0 ? 0 : Math.floor((received - at - frameSamples) / hopSamples) + 1;
      const count = Math.min(Math.max(1, inside), upTo - this.frame);
      if (inside > 0) kernel(this.pending, at - this.start, count, out, done * melBins);
      else kernel(this.mirrored(at), 0, 1, out, done * melBins);
      this.frame += count;
      done += count;
    }
    return out;
  }

  /** The frame at `at` with the edges mirrored: sample -1 is sample 0, -2 is 1, n is n - 1 (Kaldi feature-window.cc). */
  private mirrored(at: number): Float32Array {
    const { received, pending, start } = this;
    return Float32Array.from({ length: this.plan.frameSamples }, (_, i) => {
      let s = at + i;
      while (s < 0 || s >= received) s = s < 0 ? -s - 1 : 2 * received - 1 - s;
      return pending[s - start];
    });
  }
}
