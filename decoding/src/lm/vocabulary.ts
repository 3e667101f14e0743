/** Words go in, ids come out: three names first, then the words in the order of their UTF-8 bytes. */

/** Stands for every word that a model does not know. */
export const UNKNOWN = 0;
/** A sentence's start: only ever a context. */
export const BOS = 1;
/** A sentence's end. */
export const EOS = 2;
export const NAMES = ['<unk>', '<s>', '</s>'] as const;

/** Words in the order of their ids, as one piece of UTF-8. */
export interface WordList {
  bytes: Uint8Array;
  /** word w is bytes[offsets[w]] to bytes[offsets[w + 1] - 1] */
  offsets: Uint32Array;
}

/** @param words without the three names, in any order, all different
 *  @returns the list with the names in front, and the ids of the words as they came */
export function wordListOf(words: readonly string[]): { list: WordList; ids: Uint32Array } {
  const encoder = new TextEncoder();
  const spellings = words.map((word) => encoder.encode(word));
  const order = spellings.map((_, i) => i).sort((a, b) => compareBytes(spellings[a], spellings[b]));
  const names = NAMES.map((name) => encoder.encode(name));
  const list = packed([...names, ...order.map((i) => spellings[i])]);
  const ids = new Uint32Array(words.length);
  order.forEach((i, rank) => {
    ids[i] = rank + NAMES.length;
  });
  return { list, ids };
}

/** Words as one piece, in the order in which they come. */
export function packed(spellings: readonly Uint8Array[]): WordList {
  const offsets = new Uint32Array(spellings.length + 1);
  spellings.forEach((spelling, w) => {
    offsets[w + 1] = offsets[w] + spelling.length;
  });
  const bytes = new Uint8Array(offsets[spellings.length]);
  spellings.forEach((spelling, w) => {
    bytes.set(spelling, offsets[w]);
  });
  return { bytes, offsets };
}

export const wordCount = ({ offsets }: WordList): number => offsets.length - 1;

// A shared buffer cannot be decoded in place everywhere.
export const wordOf = ({ bytes, offsets }: WordList, id: number): string =>
  new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.slice(offsets[id], offsets[id + 1]));

export const wordsOfList = (list: WordList): string[] =>
  Array.from({ length: wordCount(list) }, (_, id) => wordOf(list, id));

/** The id of a word: UNKNOWN where the list does not have it. */
export function idOf(list: WordList, word: string): number {
  const name = (NAMES as readonly string[]).indexOf(word);
  if (name >= 0) return name;
  const wanted = new TextEncoder().encode(word);
  let [low, high] = [NAMES.length, wordCount(list)];
  while (low < high) {
    const middle = (low + high) >> 1;
    const order = compareBytes(list.bytes.subarray(list.offsets[middle], list.offsets[middle + 1]), wanted);
    if (order === 0) return middle;
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return UNKNOWN;
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return a[i] - b[i];
  return a.length - b.length;
}
