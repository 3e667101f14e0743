/** The words of a language model or of a lexicon go in, the tree of their spellings comes out, for those that the tokens can write. */
import { DecodingError } from '../errors.js';
import { tokenBytesOf } from '../token-bytes.js';
import { type TokenTable, wordsOf } from '../tokens.js';
import type { LanguageModel } from './language-model.js';
import { SpellingTree } from './spelling-tree.js';
import { NAMES, UNKNOWN, type WordList, wordListOf, wordOf } from './vocabulary.js';

/** @throws DecodingError AUR_DECODING_LM_VOCABULARY */
export function lmSpellings(table: TokenTable, lm: LanguageModel): SpellingTree {
  refuseOtherLetters(table, lm.vocabulary);
  const ids = Int32Array.from({ length: lm.words - NAMES.length }, (_, i) => i + NAMES.length);
  return SpellingTree.of(
    lm.vocabulary,
    NAMES.length,
    ids,
    Float32Array.from(ids, (id) => lm.unigram(id)),
  );
}

/** @param lm whose ids the words get; the unknown word's for those that it does not have, and for all without a model
 *  @throws DecodingError AUR_DECODING_LM_VOCABULARY */
export function lexiconSpellings(table: TokenTable, lexicon: Iterable<string>, lm?: LanguageModel): SpellingTree {
  const words = new Set<string>();
  for (const entry of lexicon) for (const word of wordsOf(entry)) words.add(word);
  const { list } = wordListOf([...words]);
  refuseOtherLetters(table, list);
  const ids = Int32Array.from({ length: words.size }, (_, i) => (lm ? lm.id(wordOf(list, i + NAMES.length)) : UNKNOWN));
  return SpellingTree.of(
    list,
    NAMES.length,
    ids,
    Float32Array.from(ids, (id) => (lm ? lm.unigram(id) : 0)),
  );
}

/** A list none of whose words the tokens can write is of another language, or of another case.
 *  @throws DecodingError AUR_DECODING_LM_VOCABULARY */
export function refuseOtherLetters(table: TokenTable, list: WordList): void {
  const { bytes } = tokenBytesOf(table);
  const written = new Uint8Array(256);
  for (const byte of bytes) written[byte] = 1;
  const words = list.offsets.length - 1;
  for (let word = NAMES.length; word < words; word++) {
    const spelling = list.bytes.subarray(list.offsets[word], list.offsets[word + 1]);
    if (spelling.every((byte) => written[byte] === 1)) return;
  }
  const example = words > NAMES.length ? wordOf(list, NAMES.length) : '';
  throw new DecodingError('AUR_DECODING_LM_VOCABULARY', { words: words - NAMES.length, example });
}
