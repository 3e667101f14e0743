/** The prefixes that a beam search goes on with, a column each for what is known of them: sums over alignments, and the best alignment's times.
 *
 *  All scores are natural logarithms. An alignment ends in a blank, or in its prefix's last token; a prefix has alignments of both kinds. */
import { NONE } from './prefix-tree.js';

export class BeamStates {
  count = 0;
  /** of the prefix in the tree */
  readonly node: Int32Array;
  /** all alignments that end in a blank */
  readonly blank: Float64Array;
  /** all alignments that end in the token */
  readonly token: Float64Array;
  /** best alignment that ends in a blank */
  readonly bestBlank: Float64Array;
  /** best alignment that ends in the token */
  readonly bestToken: Float64Array;
  /** emissions of `bestBlank`: a link of the log */
  readonly closed: Int32Array;
  /** emissions of `bestToken` before its last, which still goes on */
  readonly open: Int32Array;
  /** first frame of the emission that goes on */
  readonly openStart: Int32Array;
  /** its log-prob so far */
  readonly openLogProb: Float64Array;

  constructor(capacity: number) {
    this.node = new Int32Array(capacity);
    this.blank = new Float64Array(capacity);
    this.token = new Float64Array(capacity);
    this.bestBlank = new Float64Array(capacity);
    this.bestToken = new Float64Array(capacity);
    this.closed = new Int32Array(capacity);
    this.open = new Int32Array(capacity);
    this.openStart = new Int32Array(capacity);
    this.openLogProb = new Float64Array(capacity);
  }

  /** Adds a prefix that no alignment ends in yet. */
  add(node: number): number {
    const at = this.count++;
    this.node[at] = node;
    this.blank[at] = Number.NEGATIVE_INFINITY;
    this.token[at] = Number.NEGATIVE_INFINITY;
    this.bestBlank[at] = Number.NEGATIVE_INFINITY;
    this.bestToken[at] = Number.NEGATIVE_INFINITY;
    this.closed[at] = NONE;
    this.open[at] = NONE;
    return at;
  }

  /** Moves a prefix to a lower place, whose own is lost. */
  move(from: number, to: number): void {
    this.node[to] = this.node[from];
    this.blank[to] = this.blank[from];
    this.token[to] = this.token[from];
    this.bestBlank[to] = this.bestBlank[from];
    this.bestToken[to] = this.bestToken[from];
    this.closed[to] = this.closed[from];
    this.open[to] = this.open[from];
    this.openStart[to] = this.openStart[from];
    this.openLogProb[to] = this.openLogProb[from];
  }

  /** Whether the best alignment ends in a blank. */
  endsInBlank(at: number): boolean {
    return this.bestBlank[at] >= this.bestToken[at];
  }
}
