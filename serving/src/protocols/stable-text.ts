/** A segment as it grows goes in, the pieces of its text that will not be taken back come out, for protocols whose texts only ever grow. */
import type { Segment } from '../results.js';

export class StableText {
  private told = 0;

  /** @returns what is to be told now; often nothing. After a final one the next segment begins. */
  take({ text, stableCharacters, isFinal }: Pick<Segment, 'text' | 'stableCharacters' | 'isFinal'>): string {
    const stable = isFinal ? text.length : stableCharacters;
    const piece = text.slice(this.told, stable);
    this.told = isFinal ? 0 : Math.max(this.told, stable);
    return piece;
  }
}
