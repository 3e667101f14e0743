/** A lexicon goes in, the tree of its spellings comes out, and which words each of them may be. */
import { NONE } from '../beam/prefix-tree.js';
import { DecodingError } from '../errors.js';
import type { LanguageModel } from '../lm/language-model.js';
import { SpellingTree } from '../lm/spelling-tree.js';
import { refuseOtherLetters } from '../lm/spellings.js';
import { NAMES, packed, UNKNOWN, type WordList, wordListOf, wordOf } from '../lm/vocabulary.js';
import { spellingOf } from '../token-bytes.js';
import type { TokenTable } from '../tokens.js';
import type { Lexicon } from './lexicon.js';

/** Words of the same spelling, spelling by spelling in the order of their bytes. Plain data, that threads share. */
export interface Homophones {
  /** words of spelling s are numbered offsets[s] to offsets[s + 1] - 1 */
  offsets: Int32Array;
  /** language model's id of each, or the unknown word's */
  ids: Int32Array;
  /** as they are written */
  names: WordList;
}

/** Number of the word of a spelling that scores highest, the first of several.
 *  @param scoreOf a word, by its number and its id in the language model */
export function likeliest(
  { offsets, ids }: Homophones,
  spelling: number,
  scoreOf: (word: number, id: number) => number,
): number {
  let best = offsets[spelling];
  if (offsets[spelling + 1] - best === 1) return best;
  let highest = Number.NEGATIVE_INFINITY;
  for (let w = offsets[spelling]; w < offsets[spelling + 1]; w++) {
    const score = scoreOf(w, ids[w]);
    if (score <= highest) continue;
    highest = score;
    best = w;
  }
  return best;
}

/** A result names the words of every prefix in the beam: each is decoded once. */
const known = new WeakMap<Homophones, (string | undefined)[]>();

/** A word as it is written, by its number. */
export function writtenAs(homophones: Homophones, word: number): string {
  let words = known.get(homophones);
  if (!words) {
    words = new Array(homophones.ids.length);
    known.set(homophones, words);
  }
  words[word] ??= wordOf(homophones.names, word);
  return words[word];
}

/** Numbers that words have in all their pronunciations; those that the lexicon lacks have none. */
export function numbersOf(
  words: Iterable<string>,
  lexicon: Lexicon,
  spellings: SpellingTree,
  homophones: Homophones,
): Set<number> {
  const numbers = new Set<number>();
  for (const word of words)
    for (const said of lexicon.get(word) ?? []) {
      const spelling = spellings.find(spellingOf(said));
      if (spelling === NONE) continue;
      for (let w = homophones.offsets[spelling]; w < homophones.offsets[spelling + 1]; w++)
        if (writtenAs(homophones, w) === word) numbers.add(w);
    }
  return numbers;
}

/** @param lm whose ids the words get; the unknown word's for those that it does not have, and for all without a model
 *  @param allowed the only words used (default: all)
 *  @returns a tree whose words are numbers of spellings
 *  @throws DecodingError AUR_DECODING_LM_VOCABULARY, AUR_DECODING_PRONUNCIATION for an allowed word that the lexicon does not have */
export function pronouncedWords(
  table: TokenTable,
  lexicon: Lexicon,
  lm?: LanguageModel,
  allowed: Iterable<string> = lexicon.keys(),
): { spellings: SpellingTree; homophones: Homophones } {
  const bySpelling = new Map<string, string[]>();
  for (const word of new Set(allowed)) {
    const found = lexicon.get(word);
    if (!found) throw new DecodingError('AUR_DECODING_PRONUNCIATION', { word });
    for (const spelling of found) {
      const words = bySpelling.get(spelling);
      if (words) words.push(word);
      else bySpelling.set(spelling, [word]);
    }
  }
  const { list } = wordListOf([...bySpelling.keys()]);
  refuseOtherLetters(table, list);
  const groups = Array.from({ length: bySpelling.size }, (_, s) => bySpelling.get(wordOf(list, s + NAMES.length))!);
  const homophones = homophonesOf(groups, lm);
  const { offsets, ids } = homophones;
  const weights = groups.map((_, s) =>
    lm ? ids.subarray(offsets[s], offsets[s + 1]).reduce((most, id) => Math.max(most, lm.unigram(id)), -Infinity) : 0,
  );
  const spellings = SpellingTree.of(
    list,
    NAMES.length,
    Int32Array.from(groups, (_, s) => s),
    Float32Array.from(weights),
  );
  return { spellings, homophones };
}

function homophonesOf(groups: readonly (readonly string[])[], lm: LanguageModel | undefined): Homophones {
  const offsets = new Int32Array(groups.length + 1);
  groups.forEach((words, s) => {
    offsets[s + 1] = offsets[s] + words.length;
  });
  const words = groups.flat();
  const encoder = new TextEncoder();
  const names = packed(words.map((word) => encoder.encode(word)));
  const ids = Int32Array.from(words, (word) => (lm ? lm.id(word) : UNKNOWN));
  return { offsets, ids, names };
}
