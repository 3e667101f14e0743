/** Prefixes go in one token at a time, numbered nodes come out: the tree of all token sequences that a beam search still holds, in typed arrays.
 *
 *  A node's parent always has the lower number, also after `collect`, so a pass in the order of numbers meets parents first. */

/** No node, no beam, no token. */
export const NONE = -1;

const FIRST_CAPACITY = 1024;

/** What a node's prefix is worth, beside what was heard: what the scorers keep. Written by them alone. */
export class PrefixTree {
  /** nodes in use; the root is 0 */
  size = 0;
  parent = new Int32Array(0);
  /** token that leads here; of the root, the one that goes on over the segment's border, or NONE */
  token = new Int32Array(0);
  /** tokens from the root */
  depth = new Int32Array(0);
  firstChild = new Int32Array(0);
  nextSibling = new Int32Array(0);
  /** place in the beam, or NONE */
  beam = new Int32Array(0);
  /** language model's state */
  lmState = new Int32Array(0);
  /** place in the word tree: 0 between words, NONE in a word that the tree does not have */
  spelling = new Int32Array(0);
  /** of a lexicon's homophones, the word that the last token ended, or NONE */
  ended = new Int32Array(0);
  /** part of `lmScore` that stands for the open word and is replaced when it ends */
  lookAhead = new Float64Array(0);
  /** weighted language model, word bonus and penalties (nats) */
  lmScore = new Float64Array(0);
  hotState = new Int32Array(0);
  /** boosts of the phrases that are complete (nats) */
  hotBanked = new Float64Array(0);
  /** `hotBanked` and what the phrase under way is worth so far (nats) */
  hotScore = new Float64Array(0);
  private remap = new Int32Array(0);

  constructor() {
    this.grow(FIRST_CAPACITY);
    this.clear(NONE);
  }

  /** Leaves only a root. */
  clear(token: number): void {
    this.size = 1;
    this.parent[0] = NONE;
    this.token[0] = token;
    this.depth[0] = 0;
    this.firstChild[0] = NONE;
    this.nextSibling[0] = NONE;
    this.beam[0] = NONE;
  }

  /** The child that `token` leads to, or NONE. */
  child(node: number, token: number): number {
    let child = this.firstChild[node];
    while (child !== NONE && this.token[child] !== token) child = this.nextSibling[child];
    return child;
  }

  /** The node of the first `depth` tokens of a prefix, or NONE where it has fewer. */
  ancestor(node: number, depth: number): number {
    if (this.depth[node] < depth) return NONE;
    let at = node;
    while (this.depth[at] > depth) at = this.parent[at];
    return at;
  }

  /** The tokens that two prefixes share. */
  common(a: number, b: number): number {
    let [one, other] = [a, b];
    // A parent has the lower number.
    while (one !== other)
      if (one > other) one = this.parent[one];
      else other = this.parent[other];
    return one;
  }

  /** Adds a child; there must be room and none for the token yet. */
  add(parent: number, token: number): number {
    const node = this.size++;
    this.parent[node] = parent;
    this.token[node] = token;
    this.depth[node] = this.depth[parent] + 1;
    this.firstChild[node] = NONE;
    this.nextSibling[node] = this.firstChild[parent];
    this.firstChild[parent] = node;
    this.beam[node] = NONE;
    return node;
  }

  hasRoomFor(nodes: number): boolean {
    return this.size + nodes <= this.parent.length;
  }

  /** Drops every node that no beam stands on or below, and makes room.
   *  @param beams node of each beam; rewritten to the new numbers
   *  @param settled a node that some beam stands on or below
   *  @returns its new number */
  collect(beams: Int32Array, count: number, nodes: number, settled: number): number {
    const { remap, parent } = this;
    remap.fill(NONE, 0, this.size);
    remap[0] = 0;
    for (let b = 0; b < count; b++)
      for (let node = beams[b]; node !== NONE && remap[node] === NONE; node = parent[node]) remap[node] = 0;
    let kept = 0;
    for (let node = 0; node < this.size; node++) {
      if (remap[node] === NONE) continue;
      remap[node] = kept;
      this.move(node, kept);
      kept++;
    }
    this.size = kept;
    for (let b = 0; b < count; b++) beams[b] = remap[beams[b]];
    const renumbered = remap[settled];
    // Half of the room should be free, or the next collection comes too soon.
    if (2 * kept + nodes > parent.length) this.grow(2 * (kept + nodes));
    return renumbered;
  }

  private move(from: number, to: number): void {
    const up = this.parent[from] === NONE ? NONE : this.remap[this.parent[from]];
    this.parent[to] = up;
    this.token[to] = this.token[from];
    this.depth[to] = this.depth[from];
    this.beam[to] = this.beam[from];
    this.lmState[to] = this.lmState[from];
    this.spelling[to] = this.spelling[from];
    this.ended[to] = this.ended[from];
    this.lookAhead[to] = this.lookAhead[from];
    this.lmScore[to] = this.lmScore[from];
    this.hotState[to] = this.hotState[from];
    this.hotBanked[to] = this.hotBanked[from];
    this.hotScore[to] = this.hotScore[from];
    this.firstChild[to] = NONE;
    this.nextSibling[to] = NONE;
    if (up === NONE) return;
    this.nextSibling[to] = this.firstChild[up];
    this.firstChild[up] = to;
  }

  private grow(capacity: number): void {
    const ints = (old: Int32Array) => {
      const grown = new Int32Array(capacity);
      grown.set(old);
      return grown;
    };
    const doubles = (old: Float64Array) => {
      const grown = new Float64Array(capacity);
      grown.set(old);
      return grown;
    };
    this.parent = ints(this.parent);
    this.token = ints(this.token);
    this.depth = ints(this.depth);
    this.firstChild = ints(this.firstChild);
    this.nextSibling = ints(this.nextSibling);
    this.beam = ints(this.beam);
    this.lmState = ints(this.lmState);
    this.spelling = ints(this.spelling);
    this.ended = ints(this.ended);
    this.hotState = ints(this.hotState);
    this.lookAhead = doubles(this.lookAhead);
    this.lmScore = doubles(this.lmScore);
    this.hotBanked = doubles(this.hotBanked);
    this.hotScore = doubles(this.hotScore);
    this.remap = new Int32Array(capacity);
  }
}
