/** Two models and a weight go in, one model comes out that mixes their probabilities. */
import { checkNumber } from '../options.js';
import { wordsOf } from '../tokens.js';
import type { LanguageModel } from './language-model.js';
import { type LayOutOptions, layOut } from './lay-out.js';
import { levelsOf } from './levels-of.js';
import { type NgramLevel, NgramLevelBuilder, sortedLevel } from './ngram-level.js';
import { renormalise } from './renormalise.js';
import { BOS, EOS, NAMES, UNKNOWN, wordListOf, wordsOfList } from './vocabulary.js';

/** Every n-gram of either model gets the mix of what both give it, and back-offs make the rest sum to 1. A word that one model does
 *  not have gets its share from the other alone.
 *  @param weight of `a`, in [0, 1]; `b` has the rest
 *  @throws DecodingError AUR_DECODING_OPTION */
export function interpolateModels(
  a: LanguageModel,
  b: LanguageModel,
  weight: number,
  options: LayOutOptions = {},
): LanguageModel {
  checkNumber('weight', weight, { low: 0, high: 1 });
  const [wordsA, wordsB] = [a, b].map((model) => wordsOfList(model.vocabulary).slice(NAMES.length));
  const { list } = wordListOf([...new Set([...wordsA, ...wordsB])]);
  const joint = wordsOfList(list);
  // Ids in the joint list of a model's words, and back.
  const toJoint = new Map(joint.map((word, id) => [word, id]));
  const sides = [a, b].map((model) => ({
    model,
    weight: model === a ? weight : 1 - weight,
    outer: Uint32Array.from(wordsOfList(model.vocabulary), (word) => toJoint.get(word)!),
    own: Int32Array.from(joint, (word, id) => (id < NAMES.length ? id : model.id(word) || NOT_THERE)),
  }));
  const levels = unionOf(sides[0], sides[1]);
  for (const level of levels) mix(level, sides);
  const mixed = layOut(list, levels, { bits: 32 });
  renormalise(mixed);
  return options.bits === 32 && !options.shared ? mixed : layOut(list, levelsOf(mixed), options);
}

/** A word that a model does not have. */
const NOT_THERE = -1;

interface Side {
  model: LanguageModel;
  weight: number;
  /** joint id of each of the model's words */
  outer: Uint32Array;
  /** model's id of each joint word, or NOT_THERE */
  own: Int32Array;
}

function unionOf(a: Side, b: Side): NgramLevel[] {
  const order = Math.max(a.model.shape.order, b.model.shape.order);
  const [levelsA, levelsB] = [a, b].map(({ model, outer }) =>
    levelsOf(model).map((level) => ({ ...level, words: level.words.map((word) => outer[word]) })),
  );
  return Array.from({ length: order }, (_, k) => {
    const all = new NgramLevelBuilder(k + 1);
    for (const level of [levelsA[k], levelsB[k]])
      for (let row = 0; level && row < level.count; row++) all.add(level.words, row * (k + 1), 0, 0);
    return withoutRepeats(sortedLevel(all.done()));
  });
}

function withoutRepeats(level: NgramLevel): NgramLevel {
  const { order, count, words } = level;
  const kept = new NgramLevelBuilder(order, count);
  for (let row = 0; row < count; row++) {
    let isNew = row === 0;
    for (let i = 0; !isNew && i < order; i++) isNew = words[row * order + i] !== words[(row - 1) * order + i];
    if (isNew) kept.add(words, row * order, 0, 0);
  }
  return kept.done();
}

/** Sets the log-probs of a sorted level. */
function mix({ order, count, words, logProb }: NgramLevel, sides: readonly Side[]): void {
  const states = sides.map(() => 0);
  for (let row = 0; row < count; row++) {
    const at = row * order;
    let isNewContext = row === 0;
    for (let i = 0; !isNewContext && i < order - 1; i++) isNewContext = words[at + i] !== words[at - order + i];
    let probability = 0;
    sides.forEach((side, s) => {
      if (isNewContext && order > 1) states[s] = stateAfter(side, words, at, order - 1);
      const word = side.own[words[at + order - 1]];
      if (word === NOT_THERE || side.weight === 0) return;
      const score = order === 1 ? side.model.unigram(word) : side.model.score(states[s], word);
      probability += side.weight * 10 ** score;
    });
    logProb[row] = Math.max(Math.log10(probability), LEAST);
  }
}

/** A word that a weight of 0 leaves nothing to. */
const LEAST = -100;

function stateAfter({ model, own }: Side, words: Uint32Array, at: number, length: number): number {
  const idAt = (i: number) => (own[words[at + i]] === NOT_THERE ? UNKNOWN : own[words[at + i]]);
  let state = model.after(idAt(0));
  for (let i = 1; i < length; i++) {
    model.score(state, idAt(i));
    state = model.next;
  }
  return state;
}

/** The weight of `a` that makes a text likeliest (expectation maximisation); words that neither model has do not count.
 *  @param sentences one a line */
export function bestWeight(a: LanguageModel, b: LanguageModel, sentences: Iterable<string>): number {
  const pairs: [number, number][] = [];
  for (const sentence of sentences) {
    const words = [...wordsOf(sentence), NAMES[EOS]];
    if (words.length === 1) continue;
    const [forA, forB] = [probabilities(a, words), probabilities(b, words)];
    for (const [i, pa] of forA.entries()) if (pa + forB[i] > 0) pairs.push([pa, forB[i]]);
  }
  let weight = 0.5;
  for (let round = 0; round < 100 && pairs.length > 0; round++) {
    let sum = 0;
    for (const [pa, pb] of pairs) sum += (weight * pa) / (weight * pa + (1 - weight) * pb || 1);
    const next = sum / pairs.length;
    if (Math.abs(next - weight) < 1e-6) break;
    weight = next;
  }
  return weight;
}

function probabilities(model: LanguageModel, words: readonly string[]): number[] {
  let state = model.after(BOS);
  return words.map((word) => {
    const id = model.id(word);
    const logProb = model.score(state, id);
    state = model.next;
    return id === UNKNOWN ? 0 : 10 ** logProb;
  });
}
