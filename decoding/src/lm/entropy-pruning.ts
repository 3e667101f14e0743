/** A model goes in, a smaller one comes out: without the n-grams that it hardly misses (Stolcke 1998). */
import type { LanguageModel } from './language-model.js';
import { type LayOutOptions, layOut } from './lay-out.js';
import { levelsOf } from './levels-of.js';
import { renormalise, shorterScore } from './renormalise.js';
import { BOS, EOS } from './vocabulary.js';

/** @param model of 32 bits
 *  @param threshold share by which leaving out an n-gram may raise the perplexity */
export function pruneByEntropy(model: LanguageModel, threshold: number, options: LayOutOptions): LanguageModel {
  const isKept = keptNgrams(model, threshold);
  const smaller = layOut(
    model.vocabulary,
    levelsOf(model, (ngram) => isKept[ngram] === 1),
    { bits: 32 },
  );
  renormalise(smaller);
  return layOut(smaller.vocabulary, levelsOf(smaller), options);
}

function keptNgrams(model: LanguageModel, threshold: number): Uint8Array {
  const { counts } = model.shape;
  const total = counts.reduce((a, b) => a + b, 0);
  const isKept = new Uint8Array(total).fill(1);
  const states = model.shape.order === 1 ? counts[0] : total - counts[counts.length - 1];
  const probability = contextProbabilities(model, states);
  // From the longest on: an n-gram that others need as their context stays.
  for (let context = states - 1; context >= 0; context--) {
    const [start, end] = [model.childrenStart(context), model.childrenEnd(context)];
    let [left, leftShorter] = [1, 1];
    for (let ngram = start; ngram < end; ngram++) {
      left -= 10 ** model.logProbAt(ngram);
      leftShorter -= 10 ** shorterScore(model, context, model.lastWord(ngram));
    }
    for (let ngram = start; ngram < end; ngram++) {
      if (model.hasState(ngram) && hasKeptChild(model, ngram, isKept)) continue;
      const logProb = model.logProbAt(ngram) * Math.LN10;
      const shorter = shorterScore(model, context, model.lastWord(ngram)) * Math.LN10;
      const backoff = Math.log((left + Math.exp(logProb)) / (leftShorter + Math.exp(shorter)));
      const change =
        Math.exp(logProb) * (shorter + backoff - logProb) + left * (backoff - model.backoffAt(context) * Math.LN10);
      if (Math.exp(-probability[context] * change) - 1 < threshold) isKept[ngram] = 0;
    }
  }
  return isKept;
}

function hasKeptChild(model: LanguageModel, context: number, isKept: Uint8Array): boolean {
  for (let ngram = model.childrenStart(context); ngram < model.childrenEnd(context); ngram++)
    if (isKept[ngram] === 1) return true;
  return false;
}

/** How likely each context is; a sentence starts as often as one ends. */
function contextProbabilities(model: LanguageModel, states: number): Float64Array {
  const probability = new Float64Array(states);
  for (let word = 0; word < model.words; word++) probability[word] = 10 ** model.unigram(word === BOS ? EOS : word);
  for (let context = 0; context < states; context++)
    for (let ngram = model.childrenStart(context); ngram < model.childrenEnd(context); ngram++)
      if (model.hasState(ngram)) probability[ngram] = probability[context] * 10 ** model.logProbAt(ngram);
  return probability;
}
