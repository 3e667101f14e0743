/** A model and sentences go in, how well it foretells them comes out. */
import { wordsOf } from '../tokens.js';
import type { LanguageModel } from './language-model.js';
import { BOS, EOS, UNKNOWN } from './vocabulary.js';

export interface Perplexity {
  sentences: number;
  /** words, without the sentences' ends */
  words: number;
  /** words that the model does not know */
  unknown: number;
  /** log10 of the whole text */
  logProb: number;
  /** over words and sentences' ends; unknown words count with their log-prob */
  perplexity: number;
  /** the same without the unknown words */
  withoutUnknown: number;
}

export class PerplexityMeter {
  private sentences = 0;
  private words = 0;
  private unknown = 0;
  private logProb = 0;
  private unknownLogProb = 0;
  private readonly ids = new Map<string, number>();

  constructor(private readonly model: LanguageModel) {}

  /** @param sentence lines without words are passed over */
  add(sentence: string): void {
    const words = wordsOf(sentence);
    if (words.length === 0) return;
    this.sentences++;
    this.words += words.length;
    let state = this.model.after(BOS);
    for (const word of words) {
      const id = this.idOf(word);
      const logProb = this.model.score(state, id);
      this.logProb += logProb;
      if (id === UNKNOWN) {
        this.unknown++;
        this.unknownLogProb += logProb;
      }
      state = this.model.next;
    }
    this.logProb += this.model.score(state, EOS);
  }

  result(): Perplexity {
    const { sentences, words, unknown, logProb } = this;
    const events = words + sentences;
    return {
      sentences,
      words,
      unknown,
      logProb,
      perplexity: 10 ** (-logProb / events),
      withoutUnknown: 10 ** (-(logProb - this.unknownLogProb) / (events - unknown)),
    };
  }

  private idOf(word: string): number {
    let id = this.ids.get(word);
    if (id === undefined) {
      id = this.model.id(word);
      this.ids.set(word, id);
    }
    return id;
  }
}
