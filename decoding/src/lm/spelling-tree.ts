/** Words and what each weighs go in, the tree of their spellings in bytes comes out: which words start as an open word does, and the heaviest of them. */
import { NONE } from '../beam/prefix-tree.js';
import type { WordList } from './vocabulary.js';

export class SpellingTree {
  /** @param children nodes from children[n] to children[n + 1] - 1 follow node n, sorted by `label`; the root is 0
   *  @param label byte that leads to a node
   *  @param word that ends at a node, as the caller numbers it, or NONE
   *  @param most greatest weight of the words that start as the node does */
  constructor(
    readonly children: Int32Array,
    readonly label: Uint8Array,
    readonly word: Int32Array,
    readonly most: Float32Array,
  ) {}

  /** The node that a byte leads to, or NONE. */
  step(node: number, byte: number): number {
    const { label } = this;
    let low = this.children[node];
    let high = this.children[node + 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      const found = label[middle];
      if (found === byte) return middle;
      if (found < byte) low = middle + 1;
      else high = middle;
    }
    return NONE;
  }

  /** The word of a whole spelling, or NONE. */
  find(bytes: Uint8Array): number {
    let node = 0;
    for (let i = 0; i < bytes.length && node !== NONE; i++) node = this.step(node, bytes[i]);
    return node === NONE ? NONE : this.word[node];
  }

  /** The word that ends at a node, or the heaviest of those that start as it does. */
  heaviest(node: number): number {
    let at = node;
    while (this.word[at] === NONE) {
      let child = this.children[at];
      while (this.most[child] !== this.most[at]) child++;
      at = child;
    }
    return this.word[at];
  }

  /** @param list words from `first` on are used; sorted by their bytes from there on
   *  @param wordIds number that a word of the list has for the caller, of the words used
   *  @param weights of the words used */
  static of(list: WordList, first: number, wordIds: Int32Array, weights: Float32Array): SpellingTree {
    const { bytes, offsets } = list;
    const words = offsets.length - 1 - first;
    const most = offsets[offsets.length - 1] - offsets[first] + 1;
    // Words from[n] to to[n] - 1 start as node n does; nodes come level by level, so that children stand together.
    const [from, to] = [new Int32Array(most), new Int32Array(most)];
    const children = new Int32Array(most + 1);
    const label = new Uint8Array(most);
    const word = new Int32Array(most);
    to[0] = words;
    let size = 1;
    let levelEnd = 1;
    for (let node = 0, depth = 0; node < size; node++) {
      if (node === levelEnd) {
        depth++;
        levelEnd = size;
      }
      children[node] = size;
      const lengthOf = (w: number) => offsets[first + w + 1] - offsets[first + w];
      let w = from[node];
      word[node] = w < to[node] && lengthOf(w) === depth ? wordIds[w++] : NONE;
      while (w < to[node]) {
        const byte = bytes[offsets[first + w] + depth];
        label[size] = byte;
        from[size] = w;
        while (w < to[node] && bytes[offsets[first + w] + depth] === byte) w++;
        to[size++] = w;
      }
    }
    children[size] = size;
    const greatest = new Float32Array(size).fill(Number.NEGATIVE_INFINITY);
    for (let node = size - 1; node >= 0; node--) {
      if (word[node] !== NONE) greatest[node] = weights[from[node]];
      for (let child = children[node]; child < children[node + 1]; child++)
        greatest[node] = Math.max(greatest[node], greatest[child]);
    }
    return new SpellingTree(children.slice(0, size + 1), label.slice(0, size), word.slice(0, size), greatest);
  }
}
