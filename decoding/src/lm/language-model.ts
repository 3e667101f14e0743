/** A state and a word go in, the word's log-prob and the next state come out: an n-gram model with back-off, read where it lies in memory. */
import { columnsIn, inner, type ModelColumns, type ModelShape, readShape } from './model-layout.js';
import { idOf, type WordList, wordOf } from './vocabulary.js';

/** No n-gram. */
const NONE = -1;

/** States are numbers: the longest n-gram of the words so far that the model has. Models hold no state themselves but `next`. */
export class LanguageModel {
  /** state after the word of the last `score` */
  next = 0;
  readonly vocabulary: WordList;
  /** words, with <unk>, <s> and </s> */
  readonly words: number;
  private readonly columns: ModelColumns;
  private readonly inner: number;
  private readonly isCoded: boolean;

  /** @param buffer a model's file, or what `layOut` made; may be shared between threads
   *  @throws DecodingError AUR_DECODING_LM_FILE */
  constructor(readonly buffer: ArrayBufferLike) {
    this.shape = readShape(buffer);
    this.columns = columnsIn(buffer, this.shape);
    this.inner = inner(this.shape);
    this.words = this.shape.counts[0];
    this.isCoded = this.shape.bits === 16;
    this.vocabulary = { bytes: this.columns.wordBytes, offsets: this.columns.wordOffsets };
  }

  readonly shape: ModelShape;

  /** The id of a word; UNKNOWN where the model does not have it. */
  id(word: string): number {
    return idOf(this.vocabulary, word);
  }

  word(id: number): string {
    return wordOf(this.vocabulary, id);
  }

  /** The state after a word alone. */
  after(word: number): number {
    return word;
  }

  /** log10 of a word's probability whatever came before. */
  unigram(word: number): number {
    return this.logProbAt(word);
  }

  /** @param word id
   *  @returns log10 of its probability after the state; `next` is the state after it */
  score(state: number, word: number): number {
    let backoffs = 0;
    for (let context = state; context !== NONE; context = this.shorterOf(context)) {
      const ngram = this.child(context, word);
      if (ngram !== NONE) {
        this.next = ngram < this.inner ? ngram : this.stateAfter(this.shorterOf(context), word);
        return backoffs + this.logProbAt(ngram);
      }
      backoffs += this.backoffAt(context);
    }
    this.next = word;
    return backoffs + this.logProbAt(word);
  }

  /** The longest n-gram with a state that is the context, shortened as needed, and the word. */
  stateAfter(context: number, word: number): number {
    for (let at = context; at !== NONE; at = this.shorterOf(at)) {
      const ngram = this.child(at, word);
      if (ngram !== NONE && ngram < this.inner) return ngram;
    }
    return word;
  }

  /** The n-gram that is a context and one word more, or -1. */
  child(context: number, word: number): number {
    const { children, words } = this.columns;
    let low = children[context];
    let high = children[context + 1];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const found = words[middle - this.words];
      if (found === word) return middle;
      if (found < word) low = middle + 1;
      else high = middle;
    }
    return NONE;
  }

  /** N-grams from here to before `childrenEnd` are the context and one word more. */
  childrenStart(context: number): number {
    return this.columns.children[context];
  }

  childrenEnd(context: number): number {
    return this.columns.children[context + 1];
  }

  /** Whether an n-gram is below the highest order. */
  hasState(ngram: number): boolean {
    return ngram < this.inner;
  }

  lastWord(ngram: number): number {
    return ngram < this.words ? ngram : this.columns.words[ngram - this.words];
  }

  /** The longest n-gram that is the end of this one, or -1. */
  shorterOf(ngram: number): number {
    return ngram < this.words ? NONE : this.columns.shorter[ngram - this.words];
  }

  /** log10 */
  logProbAt(ngram: number): number {
    const value = this.columns.logProbs[ngram];
    return this.isCoded ? this.columns.logProbBook[value] : value;
  }

  /** log10 */
  backoffAt(ngram: number): number {
    const value = this.columns.backoffs[ngram];
    return this.isCoded ? this.columns.backoffBook[value] : value;
  }
}
