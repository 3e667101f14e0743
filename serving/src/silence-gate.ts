/** Chunks of a stream go in with whether they are silent, and the model's answers; which chunks need no run comes out: those of a silence that has gone
 *  on for so long that the model's memory holds nothing else. */
import type { LogProbs } from './results.js';

/** Probability of the blank in every frame of a chunk that the model, too, takes for silence. */
const SURE = Math.log(0.9);

export interface GateSizes {
  /** silent chunks on end after which the model's memory holds nothing else */
  chunks: number;
  blankId: number;
  /** columns of the log-probs */
  vocabulary: number;
}

export class SilenceGate {
  /** Chunks on end that were silent and that the model called so. */
  private streak = 0;
  private answer: LogProbs | undefined;
  /** The latest chunk without a run: the one before it may hold how a word begins. */
  private skipped: Float32Array | undefined;

  constructor(private readonly sizes: GateSizes) {}

  /** @returns the answer to a chunk that needs no run, the model's to the last silent one */
  pass(chunk: Float32Array, isSilent: boolean): LogProbs | undefined {
    if (!isSilent || this.streak < this.sizes.chunks) return undefined;
    this.skipped ??= new Float32Array(chunk.length);
    this.skipped.set(chunk);
    return this.answer;
  }

  /** The chunk that is to be run before the next one, for the model's memory alone. */
  takePreRoll(): Float32Array | undefined {
    const { skipped } = this;
    this.skipped = undefined;
    return skipped;
  }

  /** Takes the model's answer to a chunk that was run. */
  answered(logProbs: LogProbs, isSilent: boolean): void {
    if (isSilent && this.isBlank(logProbs)) {
      this.streak++;
      this.answer = logProbs;
    } else this.streak = 0;
  }

  private isBlank({ values, frames }: LogProbs): boolean {
    const { vocabulary, blankId } = this.sizes;
    for (let frame = 0; frame < frames; frame++) if (values[frame * vocabulary + blankId] < SURE) return false;
    return true;
  }
}
