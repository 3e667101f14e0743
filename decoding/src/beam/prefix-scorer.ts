/** A prefix and the token that follows it go in, what the longer prefix is worth beside what was heard comes out: language model, lexicon, hotwords.
 *
 *  Words are scored as they end. Until then the likeliest word that starts as the open one does stands for it, so that a beam need not
 *  carry a prefix to a word's end to learn that no likely word starts so; whatever the tokens are, prefixes are followed byte by byte.
 *
 *  Where tokens are sounds, a word that has ended is the likeliest of its homophones after the words before it. */
import type { HotwordAutomaton } from '../hotwords/automaton.js';
import { type Homophones, likeliest, writtenAs } from '../lexicon/pronounced-words.js';
import type { LanguageModel } from '../lm/language-model.js';
import type { SpellingTree } from '../lm/spelling-tree.js';
import { BOS, EOS, UNKNOWN } from '../lm/vocabulary.js';
import { SPACE, type TokenBytes } from '../token-bytes.js';
import { NONE, type PrefixTree } from './prefix-tree.js';

/** What stands between words in the root: all of a segment's words follow a space. */
const BETWEEN_WORDS = 0;
/** What a word that the lexicon refuses costs where there is no other end (nats). */
const REFUSED_END = -1000;

export interface ScorerWeights {
  /** of the language model's log-probs */
  alpha: number;
  /** a word adds (nats) */
  beta: number;
  /** a word that the language model does not know adds, beside the model's own log-prob of unknown words (nats, at most 0) */
  unknown: number;
  /** whether only words of the spelling tree are allowed */
  closed: boolean;
}

export class PrefixScorer {
  private readonly weight: number;
  /** look-ahead of a word that the tree does not have (nats) */
  private readonly unknownAhead: number;
  private readonly scoresWords: boolean;
  private hotwords: HotwordAutomaton | undefined;
  private favoured: ReadonlySet<number> | undefined;
  // What `extend` found, for `keep`.
  private lmState = 0;
  private spelling = BETWEEN_WORDS;
  private ended = NONE;
  private lookAhead = 0;
  private lmScore = 0;
  private hotState = 0;
  private hotBanked = 0;

  /** @param spellings of the words that the language model or the lexicon has; needed with either
   *  @param homophones which words the spellings are; default: each is its own word */
  constructor(
    private readonly tokenBytes: TokenBytes,
    private readonly weights: ScorerWeights,
    private readonly lm?: LanguageModel,
    private readonly spellings?: SpellingTree,
    private readonly homophones?: Homophones,
  ) {
    this.weight = weights.alpha * Math.LN10;
    this.unknownAhead = lm ? this.weight * lm.unigram(UNKNOWN) + weights.unknown : 0;
    this.scoresWords = spellings !== undefined || weights.beta !== 0;
  }

  get hasLanguageModel(): boolean {
    return this.lm !== undefined;
  }

  /** Takes other hotwords; prefixes that are there already are told by `rescoreHotwords`.
   *  @param favoured numbers of words that are meant whenever they or their homophones are heard */
  setHotwords(hotwords: HotwordAutomaton | undefined, favoured?: ReadonlySet<number>): void {
    this.hotwords = hotwords;
    this.favoured = favoured;
  }

  /** Makes the root. */
  start(tree: PrefixTree): void {
    tree.lmState[0] = this.lm ? this.lm.after(BOS) : 0;
    tree.spelling[0] = BETWEEN_WORDS;
    tree.ended[0] = NONE;
    tree.lookAhead[0] = 0;
    tree.lmScore[0] = 0;
    tree.hotState[0] = this.hotwords ? this.hotwords.start : 0;
    tree.hotBanked[0] = 0;
    tree.hotScore[0] = 0;
  }

  /** nats */
  worth(tree: PrefixTree, node: number): number {
    return tree.lmScore[node] + tree.hotScore[node];
  }

  /** What `extend` can at most give beyond `worth` (nats). */
  mostGain(tree: PrefixTree, node: number): number {
    const words = Math.max(0, -tree.lookAhead[node]) + Math.max(0, this.weights.beta);
    const { hotwords } = this;
    return hotwords ? words + hotwords.most - (tree.hotScore[node] - tree.hotBanked[node]) : words;
  }

  /** @returns what the prefix is worth with the token (nats); minus infinity where the lexicon refuses it */
  extend(tree: PrefixTree, node: number, token: number): number {
    if (!this.scoresWords && !this.hotwords) return 0;
    const { bytes, offsets } = this.tokenBytes;
    this.load(tree, node);
    for (let i = offsets[token]; i < offsets[token + 1]; i++) {
      if (bytes[i] !== SPACE) {
        if (!this.spell(bytes[i])) return Number.NEGATIVE_INFINITY;
      } else if (this.spelling !== BETWEEN_WORDS) {
        if (!this.endWord()) return Number.NEGATIVE_INFINITY;
      } else continue;
      if (this.hotwords) this.stepHotwords(this.hotwords, bytes[i]);
    }
    return this.lmScore + this.hotScore();
  }

  /** Writes what the last `extend` found to the node that it led to. */
  keep(tree: PrefixTree, child: number): void {
    tree.lmState[child] = this.lmState;
    tree.spelling[child] = this.spelling;
    tree.ended[child] = this.ended;
    tree.lookAhead[child] = this.lookAhead;
    tree.lmScore[child] = this.lmScore;
    tree.hotState[child] = this.hotState;
    tree.hotBanked[child] = this.hotBanked;
    tree.hotScore[child] = this.hotScore();
  }

  /** What a prefix is worth if nothing follows it: its last word and the end of the sentence are scored, hotwords that are not complete add nothing.
   *  An empty prefix is worth nothing, for texts have no empty sentences to learn from. */
  finalWorth(tree: PrefixTree, node: number): number {
    this.load(tree, node);
    if (this.spelling !== BETWEEN_WORDS) {
      if (!this.endWord()) return this.worth(tree, node) + REFUSED_END;
      if (this.hotwords) this.stepHotwords(this.hotwords, SPACE);
    }
    const end = this.lm && this.lmState !== this.lm.after(BOS) ? this.weight * this.lm.score(this.lmState, EOS) : 0;
    return this.lmScore + end + this.hotBanked;
  }

  /** The words of a prefix where tokens are sounds; undefined where they spell the words themselves.
   *  @param isOpen whether with the word that has not ended: the likeliest that it may be, or become */
  wordsOf(tree: PrefixTree, node: number, isOpen: boolean): string[] | undefined {
    const { homophones, spellings } = this;
    if (!homophones || !spellings) return undefined;
    const words: number[] = [];
    const open = tree.spelling[node];
    if (isOpen && open !== BETWEEN_WORDS) {
      this.load(tree, node);
      words.push(this.likeliest(homophones, spellings.heaviest(open)));
    }
    for (let at = node; at !== NONE; at = tree.parent[at]) if (tree.ended[at] !== NONE) words.push(tree.ended[at]);
    return words.reverse().map((word) => writtenAs(homophones, word));
  }

  /** Follows the hotwords anew through every prefix of the tree. */
  rescoreHotwords(tree: PrefixTree): void {
    const { hotwords } = this;
    const { bytes, offsets } = this.tokenBytes;
    tree.hotState[0] = hotwords ? hotwords.start : 0;
    tree.hotBanked[0] = 0;
    tree.hotScore[0] = 0;
    for (let node = 1; node < tree.size; node++) {
      const parent = tree.parent[node];
      this.hotState = tree.hotState[parent];
      this.hotBanked = tree.hotBanked[parent];
      let isBetween = tree.spelling[parent] === BETWEEN_WORDS;
      for (let i = offsets[tree.token[node]]; hotwords && i < offsets[tree.token[node] + 1]; i++) {
        if (bytes[i] !== SPACE || !isBetween) this.stepHotwords(hotwords, bytes[i]);
        isBetween = bytes[i] === SPACE;
      }
      tree.hotState[node] = this.hotState;
      tree.hotBanked[node] = this.hotBanked;
      tree.hotScore[node] = this.hotScore();
    }
  }

  private load(tree: PrefixTree, node: number): void {
    this.lmState = tree.lmState[node];
    this.spelling = tree.spelling[node];
    this.ended = NONE;
    this.lookAhead = tree.lookAhead[node];
    this.lmScore = tree.lmScore[node];
    this.hotState = tree.hotState[node];
    this.hotBanked = tree.hotBanked[node];
  }

  /** A byte of a word follows; false where the lexicon has no word that starts so. */
  private spell(byte: number): boolean {
    const { spellings } = this;
    if (this.spelling === BETWEEN_WORDS) this.lmScore += this.weights.beta;
    this.spelling = spellings && this.spelling !== NONE ? spellings.step(this.spelling, byte) : NONE;
    if (this.spelling === NONE && this.weights.closed) return false;
    if (!this.lm) return true;
    const ahead = this.spelling === NONE ? this.unknownAhead : this.weight * spellings!.most[this.spelling];
    this.lmScore += ahead - this.lookAhead;
    this.lookAhead = ahead;
    return true;
  }

  /** The open word ends; false where the lexicon does not have it. */
  private endWord(): boolean {
    const word = this.spellings && this.spelling !== NONE ? this.spellings.word[this.spelling] : NONE;
    if (word === NONE && this.weights.closed) return false;
    this.spelling = BETWEEN_WORDS;
    if (this.homophones && word !== NONE) this.ended = this.likeliest(this.homophones, word);
    if (!this.lm) return true;
    const id = word === NONE ? UNKNOWN : this.homophones ? this.homophones.ids[this.ended] : word;
    const score = this.weight * this.lm.score(this.lmState, id) + (id === UNKNOWN ? this.weights.unknown : 0);
    this.lmState = this.lm.next;
    this.lmScore += score - this.lookAhead;
    this.lookAhead = 0;
    return true;
  }

  private likeliest(homophones: Homophones, spelling: number): number {
    const { lm, lmState, favoured } = this;
    return likeliest(homophones, spelling, (word, id) =>
      favoured?.has(word) ? Number.POSITIVE_INFINITY : lm ? lm.score(lmState, id) : 0,
    );
  }

  private stepHotwords(hotwords: HotwordAutomaton, byte: number): void {
    this.hotState = hotwords.step(this.hotState, byte);
    this.hotBanked += hotwords.banks[this.hotState];
  }

  private hotScore(): number {
    return this.hotwords ? this.hotBanked + this.hotwords.partial[this.hotState] : this.hotBanked;
  }
}
