/** A model whose log-probs were changed goes in, it comes out with the back-offs that make every context's probabilities sum to 1. */
import type { LanguageModel } from './language-model.js';
import { columnsIn } from './model-layout.js';

/** Least mass that a context may leave: rounding must not make it negative. */
const LEAST_MASS = 1e-9;

/** @param model of 32 bits; changed in place */
export function renormalise(model: LanguageModel): void {
  const { backoffs } = columnsIn(model.buffer, model.shape);
  // Contexts come after all that are shorter, whose back-offs are right by then.
  for (let context = 0; context < backoffs.length; context++) {
    let [here, shorter] = [1, 1];
    const [start, end] = [model.childrenStart(context), model.childrenEnd(context)];
    for (let ngram = start; ngram < end; ngram++) {
      here -= 10 ** model.logProbAt(ngram);
      shorter -= 10 ** shorterScore(model, context, model.lastWord(ngram));
    }
    backoffs[context] = start === end ? 0 : Math.log10(Math.max(here, LEAST_MASS) / Math.max(shorter, LEAST_MASS));
  }
}

/** log10 of a word after a context without its first word. */
export function shorterScore(model: LanguageModel, context: number, word: number): number {
  const shorter = model.shorterOf(context);
  return shorter < 0 ? model.unigram(word) : model.score(shorter, word);
}
