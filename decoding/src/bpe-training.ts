/** Words and how often they occur go in, a table of byte-pair pieces comes out (Sennrich et al. 2016, with SentencePiece's word start). */
import { BYTE_SYMBOLS, isControlSymbol } from './byte-tokens.js';
import { DecodingError } from './errors.js';
import { BLANK, type TokenTable, WORD_START, wordsOf } from './tokens.js';

/** Adds how often each word of the texts occurs. */
export function countWords(texts: Iterable<string>, counts = new Map<string, number>()): Map<string, number> {
  for (const text of texts) for (const word of wordsOf(text)) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

export interface BpeOptions {
  /** symbols in all, with the blank and the bytes; fewer come out where no more pairs occur twice */
  size: number;
  /** 256 symbols for the bytes of characters that the words do not have */
  byteFallback?: boolean;
}

/** Ids: the blank, the bytes (if any), the space, the characters sorted, then the pieces in the order in which they were merged, so
 *  that a piece's id is its rank. A pair is never merged over a space; of pairs as frequent as each other, the one of the lower ids
 *  comes first, so the order of the words plays no part.
 *  @throws DecodingError AUR_DECODING_NO_WORDS, AUR_DECODING_VOCABULARY_SIZE when the characters alone are more */
export function bpeTokens(
  words: Iterable<readonly [word: string, count: number]>,
  { size, byteFallback = false }: BpeOptions,
): TokenTable {
  const counted = [...words];
  if (counted.length === 0) throw new DecodingError('AUR_DECODING_NO_WORDS', {});
  const seen = new Set<string>();
  for (const [word] of counted) for (const character of word) seen.add(character);
  const characters = [...seen].sort();
  const symbols = [BLANK, ...(byteFallback ? BYTE_SYMBOLS : []), WORD_START, ...characters];
  if (symbols.length > size)
    throw new DecodingError('AUR_DECODING_VOCABULARY_SIZE', {
      size,
      least: symbols.length,
      characters: characters.length,
    });
  const pairs = new PairCounts(symbols, counted, size);
  while (symbols.length < size && pairs.mergeBest());
  return { symbols, blankId: 0 };
}

/** Pairs seen less often spell out single words. */
const LEAST_COUNT = 2;

/** How often every pair of neighbours occurs in the words, kept up to date from merge to merge. */
class PairCounts {
  private readonly words: number[][];
  private readonly wordCounts: number[];
  /** of a pair's key, its place in the lists below */
  private readonly places = new Map<number, number>();
  private readonly keys: number[] = [];
  private readonly counts: number[] = [];
  /** words in which the pair occurs, or did once */
  private readonly holders: number[][] = [];

  constructor(
    private readonly symbols: string[],
    counted: readonly (readonly [word: string, count: number])[],
    private readonly size: number,
  ) {
    const ids = new Map(symbols.map((symbol, id) => [symbol, id]));
    this.words = counted.map(([word]) => [WORD_START, ...word].map((character) => ids.get(character)!));
    this.wordCounts = counted.map(([, count]) => count);
    this.words.forEach((word, w) => {
      for (let i = 0; i + 1 < word.length; i++) this.add(word[i], word[i + 1], w, 1);
    });
  }

  /** Merges the most frequent pair everywhere; false where none is left. */
  mergeBest(): boolean {
    for (let best = this.mostFrequent(); best >= 0; best = this.mostFrequent()) {
      const [left, right] = [Math.floor(this.keys[best] / this.size), this.keys[best] % this.size];
      const piece = this.symbols[left] + this.symbols[right];
      if (isControlSymbol(piece)) {
        // Text must not come to read as the name of what stands for none.
        this.counts[best] = Number.NEGATIVE_INFINITY;
        continue;
      }
      const id = this.symbols.push(piece) - 1;
      for (const w of this.holders[best]) this.mergeIn(w, left, right, id);
      this.holders[best] = [];
      return true;
    }
    return false;
  }

  /** The place of the pair; -1 where none is frequent enough. */
  private mostFrequent(): number {
    let best = -1;
    for (let p = 0; p < this.counts.length; p++) {
      const ahead = this.counts[p] - (best < 0 ? LEAST_COUNT - 1 : this.counts[best]);
      if (ahead > 0 || (ahead === 0 && best >= 0 && this.keys[p] < this.keys[best])) best = p;
    }
    return best;
  }

  private mergeIn(w: number, left: number, right: number, id: number): void {
    const word = this.words[w];
    const merged: number[] = [];
    for (let i = 0; i < word.length; i++) {
      const pair = word[i] === left && word[i + 1] === right;
      merged.push(pair ? id : word[i]);
      if (pair) i++;
    }
    if (merged.length === word.length) return;
    for (let i = 0; i + 1 < word.length; i++) this.add(word[i], word[i + 1], w, -1);
    for (let i = 0; i + 1 < merged.length; i++) this.add(merged[i], merged[i + 1], w, 1);
    this.words[w] = merged;
  }

  private add(left: number, right: number, w: number, sign: 1 | -1): void {
    const key = left * this.size + right;
    let place = this.places.get(key);
    if (place === undefined) {
      place = this.keys.push(key) - 1;
      this.places.set(key, place);
      this.counts.push(0);
      this.holders.push([]);
    }
    this.counts[place] += sign * this.wordCounts[w];
    const holders = this.holders[place];
    if (sign > 0 && holders.at(-1) !== w) holders.push(w);
  }
}
