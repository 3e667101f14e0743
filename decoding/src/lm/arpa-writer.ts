/** A language model goes in, the lines of an ARPA file come out. */
import type { LanguageModel } from './language-model.js';
import { wordsOfList } from './vocabulary.js';

/** A piece of a few thousand lines at a time. */
export function* arpaOf(model: LanguageModel): Generator<string> {
  const words = wordsOfList(model.vocabulary);
  const { counts, order } = model.shape;
  yield `\\data\\\n${counts.map((count, k) => `ngram ${k + 1}=${count}\n`).join('')}`;
  let start = 0;
  for (let k = 0; k < order; k++) {
    yield `\n\\${k + 1}-grams:\n`;
    let piece = '';
    for (const [ngram, text] of k === 0
      ? unigrams(words)
      : ngrams(model, words, k, start - counts[k - 1], counts[k - 1])) {
      const backoff = k + 1 < order ? `\t${numberOf(model.backoffAt(ngram))}` : '';
      piece += `${numberOf(model.logProbAt(ngram))}\t${text}${backoff}\n`;
      if (piece.length < 100_000) continue;
      yield piece;
      piece = '';
    }
    yield piece;
    start += counts[k];
  }
  yield '\n\\end\\\n';
}

/** Nine digits hold a 32-bit float. */
const numberOf = (value: number) => String(Number(value.toPrecision(9)));

function* unigrams(words: readonly string[]): Generator<[number, string]> {
  for (let id = 0; id < words.length; id++) yield [id, words[id]];
}

/** @param k words of a context
 *  @param first number of the first context */
function* ngrams(
  model: LanguageModel,
  words: readonly string[],
  k: number,
  first: number,
  contexts: number,
): Generator<[number, string]> {
  const textOf = contextTexts(model, words, k);
  for (let context = first; context < first + contexts; context++) {
    const text = textOf(context);
    for (let ngram = model.childrenStart(context); ngram < model.childrenEnd(context); ngram++)
      yield [ngram, `${text} ${words[model.lastWord(ngram)]}`];
  }
}

/** Spells n-grams of `k` words that are asked for in their order: a context is looked for from where the last one was. */
function contextTexts(model: LanguageModel, words: readonly string[], k: number): (ngram: number) => string {
  // contexts[i] goes through the n-grams of i + 1 words.
  const contexts = [0];
  for (let i = 1; i < k; i++) contexts.push(contexts[i - 1] + model.shape.counts[i - 1]);
  return (ngram) => {
    const spelled: string[] = [];
    let at = ngram;
    for (let i = k - 2; i >= 0; i--) {
      while (model.childrenEnd(contexts[i]) <= at) contexts[i]++;
      spelled.unshift(words[model.lastWord(at)]);
      at = contexts[i];
    }
    return [words[at], ...spelled].join(' ');
  };
}
