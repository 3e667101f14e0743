/** Hotwords go in, an automaton comes out that follows a text byte by byte and tells what is complete and what is under way (Aho and Corasick 1975).
 *
 *  A phrase is worth its boost when the word after its last has begun, or the text has ended. On the way there it is worth a share of its
 *  boost for every byte, so that a beam keeps it; the share is taken back when the text goes another way. */
import { SPACE, spellingOf } from '../token-bytes.js';

/** A phrase and what it adds when it is complete (nats). */
export interface WeightedPhrase {
  /** words with single spaces between them */
  phrase: string;
  worth: number;
}

const ROOT = 0;

export class HotwordAutomaton {
  /** state at a text's start, and after a word that no phrase goes on from */
  readonly start: number;
  /** what is complete when a state is entered (nats) */
  readonly banks: Float64Array;
  /** what is under way in a state (nats) */
  readonly partial: Float64Array;
  /** the most that one token can add: what it completes and what it begins (nats) */
  readonly most: number;

  private constructor(
    private readonly classOf: Uint8Array,
    private readonly classes: number,
    private readonly next: Int32Array,
    banks: Float64Array,
    partial: Float64Array,
  ) {
    this.banks = banks;
    this.partial = partial;
    this.start = next[classOf[SPACE]];
    this.most = banks.reduce((a, b) => Math.max(a, b), 0) + partial.reduce((a, b) => Math.max(a, b), 0);
  }

  step(state: number, byte: number): number {
    return this.next[state * this.classes + this.classOf[byte]];
  }

  /** @param phrases all different, at least one */
  static of(phrases: readonly WeightedPhrase[]): HotwordAutomaton {
    const spelled = phrases.map(({ phrase }) => spellingOf(` ${phrase} `));
    // Bytes that no phrase has are all of class 0, which leads to the root.
    const classOf = new Uint8Array(256);
    let classes = 1;
    for (const bytes of spelled) for (const byte of bytes) if (classOf[byte] === 0) classOf[byte] = classes++;
    const most = 1 + spelled.reduce((sum, bytes) => sum + bytes.length, 0);
    const next = new Int32Array(most * classes).fill(-1);
    const banks = new Float64Array(most);
    const partial = new Float64Array(most);
    let states = 1;
    phrases.forEach(({ worth }, p) => {
      const bytes = spelled[p];
      let state = ROOT;
      for (let i = 0; i < bytes.length; i++) {
        const edge = state * classes + classOf[bytes[i]];
        if (next[edge] < 0) next[edge] = states++;
        state = next[edge];
        // The space in front is worth nothing yet, the last byte of the last word all.
        const share = Math.min(1, i / (bytes.length - 2));
        if (i + 1 < bytes.length) partial[state] = Math.max(partial[state], share * worth);
      }
      banks[state] += worth;
    });
    followFailures(next, classes, states, banks, partial);
    const used = states * classes;
    return new HotwordAutomaton(
      classOf,
      classes,
      next.slice(0, used),
      banks.slice(0, states),
      partial.slice(0, states),
    );
  }
}

/** Fills the missing edges with those of the longest end of a state's text that is a state too, level by level. */
function followFailures(
  next: Int32Array,
  classes: number,
  states: number,
  banks: Float64Array,
  partial: Float64Array,
): void {
  const failure = new Int32Array(states);
  const queue = new Int32Array(states);
  let [taken, queued] = [0, 1];
  while (taken < queued) {
    const state = queue[taken++];
    for (let c = 0; c < classes; c++) {
      const edge = state * classes + c;
      const shorter = state === ROOT ? ROOT : next[failure[state] * classes + c];
      if (next[edge] < 0) next[edge] = shorter;
      else {
        const child = next[edge];
        failure[child] = shorter;
        // Whatever ends or is under way at the shorter text does here too.
        banks[child] += banks[shorter];
        partial[child] = Math.max(partial[child], partial[shorter]);
        queue[queued++] = child;
      }
    }
  }
}
