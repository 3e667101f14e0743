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
  const built = build(options);
  return compute(built, samples, 0, samples.length, 0, frameCount(samples.length, built.plan.hopSamples));
}

/** Frames `from` to `to` of an utterance of `received` samples, of which `x[0]` is the one at position `start`.
 *  @returns row-major [to - from, melBins] */
function compute(
  { plan, kernel }: Fbank,
  x: Float32Array,
  start: number,
  received: number,
  from: number,
  to: number,
): Float32Array {
  const { hopSamples, lead, frameSamples, melBins } = plan;
  const out = new Float32Array(Math.max(0, to - from) * melBins);
  for (let frame = from; frame < to; ) {
    const at = frame * hopSamples - lead;
    // All frames without an edge go to the kernel together.
    const inside = at < 0 ? 0 : Math.floor((received - at - frameSamples) / hopSamples) + 1;
    const count = Math.min(Math.max(1, inside), to - frame);
    const outAt = (frame - from) * melBins;
    if (inside > 0) kernel(x, at - start, count, out, outAt);
    else kernel(mirrored(x, start, received, at, frameSamples), 0, 1, out, outAt);
    frame += count;
  }
  return out;
}

/** A frame at `at` with the edges mirrored: sample -1 is sample 0, -2 is 1, n is n - 1 (Kaldi feature-window.cc). */
function mirrored(x: Float32Array, start: number, received: number, at: number, length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => {
    let s = at + i;
    while (s < 0 || s >= received) s = s < 0 ? -s - 1 : 2 * received - 1 - s;
    return x[s - start];
  });
}

/** The same frames from samples that come in pieces: any cutting gives bit-identical frames. */
export class StreamingFbank {
  private readonly built: Fbank;
  /** Its first `held` samples are the last ones received, from absolute position `start` on, as far back as the next
   *  frame reaches. */
  private buffer = new Float32Array(0);
  private held = 0;
  private start = 0;
  private received = 0;
  private frame = 0;

  /** @throws AUR_AUDIO_FBANK for options that give no frames */
  constructor(options?: FbankOptions) {
    this.built = build(options);
  }

  /** Frame t comes out with sample hop · t + frameLength - lead: at 16 kHz 160 t + 280.
   *  @param samples mono PCM in [-1, 1] at the options' rate, any number
   *  @returns the frames that became complete, row-major [frames, melBins] */
  push(samples: Float32Array): Float32Array {
    this.append(samples);
    const { frameSamples, hopSamples, lead } = this.built.plan;
    const beyondFirst = this.received - (frameSamples - lead);
    return this.emit(beyondFirst < 0 ? 0 : Math.floor(beyondFirst / hopSamples) + 1);
  }

  /** Ends the utterance: its right edge is mirrored for the last frames. The object is then as new. */
  flush(): Float32Array {
    const frames = this.emit(frameCount(this.received, this.built.plan.hopSamples));
    this.reset();
    return frames;
  }

  reset(): void {
    this.buffer = new Float32Array(0);
    this.held = 0;
    this.start = 0;
    this.received = 0;
    this.frame = 0;
  }

  private append(samples: Float32Array): void {
    const { hopSamples, lead, frameSamples } = this.built.plan;
    const needed = Math.max(0, this.frame * hopSamples - lead);
    const spent = Math.min(needed - this.start, this.held);
    this.buffer.copyWithin(0, spent, this.held);
    this.start += spent;
    this.held -= spent;
    if (this.held + samples.length > this.buffer.length) {
      // Less than a frame is ever held.
      const larger = new Float32Array(frameSamples + samples.length);
      larger.set(this.buffer.subarray(0, this.held));
      this.buffer = larger;
    }
    this.buffer.set(samples, this.held);
    this.held += samples.length;
    this.received += samples.length;
  }

  private emit(upTo: number): Float32Array {
    const frames = compute(this.built, this.buffer, this.start, this.received, this.frame, upTo);
    this.frame = Math.max(this.frame, upTo);
    return frames;
  }
}
