/** Words and n-grams in columns go in, a model in one buffer comes out. */
import { DecodingError } from '../errors.js';
import { codeBook, nearestCode } from './code-book.js';
import { LanguageModel } from './language-model.js';
import { bytesOf, columnsIn, inner, type ModelShape, sum, writeShape } from './model-layout.js';
import { compareWords, type NgramLevel, NgramLevelBuilder, sortedLevel } from './ngram-level.js';
import { type WordList, wordOf } from './vocabulary.js';

const CODES = 65_536;

export interface LayOutOptions {
  /** 16: log-probs and back-offs take one of 65,536 values each; 32: they stay as they are (default 16) */
  bits?: 16 | 32;
  /** in memory that threads share (default false) */
  shared?: boolean;
}

/** @param levels from order 1 on; order 1 has every word of the list, in the order of ids; the others in any order
 *  @throws DecodingError AUR_DECODING_LM_NGRAM for an n-gram that is there twice */
export function layOut(list: WordList, levels: readonly NgramLevel[], options: LayOutOptions = {}): LanguageModel {
  const { bits = 16, shared = false } = options;
  const complete = withContexts(levels.map((level, k) => (k === 0 ? level : sortedLevel(level))));
  for (const level of complete) refuseRepeats(list, level);

  const allLogProbs = joined(complete.map((level) => level.logProb));
  const below = complete.slice(0, Math.max(1, complete.length - 1));
  const allBackoffs = joined(below.map((level) => level.backoff));
  // Contexts that were missing get their log-probs later: they are what shorter n-grams give.
  const given = allLogProbs.filter((value) => !Number.isNaN(value));
  const logProbBook = bits === 16 ? codeBook(given, CODES) : new Float32Array(0);
  const backoffBook = bits === 16 ? codeBook(allBackoffs, CODES) : new Float32Array(0);
  const shape: ModelShape = {
    order: complete.length,
    bits,
    counts: complete.map((level) => level.count),
    vocabularyBytes: list.bytes.length,
    logProbValues: logProbBook.length,
    backoffValues: backoffBook.length,
  };
  const size = bytesOf(shape);
  const buffer = shared ? new SharedArrayBuffer(size) : new ArrayBuffer(size);
  writeShape(buffer, shape);
  const columns = columnsIn(buffer, shape);
  columns.wordBytes.set(list.bytes);
  columns.wordOffsets.set(list.offsets);
  columns.logProbBook.set(logProbBook);
  columns.backoffBook.set(backoffBook);
  const logProbOf = (value: number) => (bits === 16 ? nearestCode(logProbBook, value) : value);
  for (let i = 0; i < allLogProbs.length; i++)
    if (!Number.isNaN(allLogProbs[i])) columns.logProbs[i] = logProbOf(allLogProbs[i]);
  for (let i = 0; i < allBackoffs.length; i++)
    columns.backoffs[i] = bits === 16 ? nearestCode(backoffBook, allBackoffs[i]) : allBackoffs[i];

  setChildren(columns.children, columns.words, complete, inner(shape));
  const model = new LanguageModel(buffer);
  const words = shape.counts[0];
  for (let context = 0; context < inner(shape); context++)
    for (let ngram = model.childrenStart(context); ngram < model.childrenEnd(context); ngram++) {
      const word = model.lastWord(ngram);
      // Contexts come before what follows them, so the links above are there.
      if (model.hasState(ngram)) columns.shorter[ngram - words] = model.stateAfter(model.shorterOf(context), word);
      if (!Number.isNaN(allLogProbs[ngram])) continue;
      const shorter = model.shorterOf(context);
      const logProb = model.backoffAt(context) + (shorter < 0 ? model.unigram(word) : model.score(shorter, word));
      columns.logProbs[ngram] = logProbOf(logProb);
    }
  return model;
}

/** Adds every context that is missing, without a back-off and with NaN for its log-prob.
 *  @param levels sorted */
function withContexts(levels: NgramLevel[]): NgramLevel[] {
  const complete = [...levels];
  for (let k = complete.length - 1; k >= 2; k--) {
    const [level, contexts] = [complete[k], complete[k - 1]];
    const missing = new NgramLevelBuilder(k);
    let at = 0;
    for (let row = 0; row < level.count; row++) {
      if (row > 0 && compareWords(level, row, level, row - 1, k) === 0) continue;
      while (at < contexts.count && compareWords(contexts, at, level, row, k) < 0) at++;
      if (at < contexts.count && compareWords(contexts, at, level, row, k) === 0) continue;
      missing.add(level.words, row * level.order, Number.NaN, 0);
    }
    const added = missing.done();
    if (added.count > 0) complete[k - 1] = sortedLevel(appended(contexts, added));
  }
  return complete;
}

function appended(a: NgramLevel, b: NgramLevel): NgramLevel {
  const words = new Uint32Array(a.words.length + b.words.length);
  words.set(a.words);
  words.set(b.words, a.words.length);
  return {
    order: a.order,
    count: a.count + b.count,
    words,
    logProb: joined([a.logProb, b.logProb]),
    backoff: joined([a.backoff, b.backoff]),
  };
}

function refuseRepeats(list: WordList, level: NgramLevel): void {
  for (let row = 1; row < level.count; row++) {
    if (compareWords(level, row, level, row - 1, level.order) !== 0) continue;
    const words = level.words.subarray(row * level.order, (row + 1) * level.order);
    const ngram = Array.from(words, (id) => wordOf(list, id)).join(' ');
    throw new DecodingError('AUR_DECODING_LM_NGRAM', { ngram, reason: 'is there twice' });
  }
}

/** Every n-gram's context is there; both are sorted, so one pass finds all. */
function setChildren(
  children: Uint32Array,
  words: Uint16Array | Uint32Array,
  levels: readonly NgramLevel[],
  states: number,
): void {
  let context = 0;
  let ngram = levels[0].count;
  for (let k = 1; k < levels.length; k++) {
    const [above, level] = [levels[k - 1], levels[k]];
    let row = 0;
    for (let up = 0; up < above.count; up++) {
      children[context++] = ngram;
      while (
        row < level.count &&
        (k === 1 ? level.words[row * 2] === up : compareWords(above, up, level, row, k) === 0)
      ) {
        words[ngram - levels[0].count] = level.words[row * level.order + k];
        row++;
        ngram++;
      }
    }
  }
  children.fill(ngram, context, states + 1);
}

function joined(columns: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(sum(columns.map((column) => column.length)));
  let at = 0;
  for (const column of columns) {
    all.set(column, at);
    at += column.length;
  }
  return all;
}
