/** The text of an ARPA file goes in, piece by piece, a language model comes out; every fault is named with its line. */
import { DecodingError } from '../errors.js';
import type { LanguageModel } from './language-model.js';
import { type LayOutOptions, layOut } from './lay-out.js';
import { HIGHEST_ORDER } from './model-layout.js';
import { type NgramLevel, NgramLevelBuilder } from './ngram-level.js';
import { linesOf } from './text-lines.js';
import { BOS, EOS, NAMES, UNKNOWN, wordListOf } from './vocabulary.js';

/** log10 of what a model without <unk> gives to an unknown word, and of <s>, which is never asked for; KenLM's and SRILM's. */
const NO_UNKNOWN = -100;
const NO_BOS = -99;

/** Reads `\data\`, the sections in order and `\end\`; a missing back-off is 0, a missing <unk> has a log-prob of -100.
 *  N-grams whose contexts are missing get those, with the log-probs that shorter n-grams give.
 *  @throws DecodingError AUR_DECODING_ARPA naming the line, AUR_DECODING_LM_NGRAM for an n-gram that is there twice */
export async function readArpa(
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: LayOutOptions = {},
): Promise<LanguageModel> {
  const parser = new ArpaParser();
  for await (const lines of linesOf(pieces)) for (const line of lines) parser.take(line);
  return parser.done(options);
}

class ArpaParser {
  private line = 0;
  private state: 'before' | 'counts' | 'ngrams' | 'ended' = 'before';
  private counts: number[] = [];
  /** order of the section */
  private order = 0;
  private inSection = 0;
  private readonly levels: NgramLevelBuilder[] = [];
  /** ids in the order of the file; the three names have their own */
  private readonly ids = new Map<string, number>(NAMES.map((name, id) => [name, id]));
  private readonly names: ([logProb: number, backoff: number] | undefined)[] = [undefined, undefined, undefined];
  private readonly unigrams = new NgramLevelBuilder(1);
  private readonly words = new Uint32Array(HIGHEST_ORDER);

  take(line: string): void {
    this.line++;
    if (line === '' || line.trim() === '') return;
    if (this.state === 'before') {
      if (line.trim() === '\\data\\') this.state = 'counts';
    } else if (this.state === 'ended') return;
    else if (line.startsWith('\\')) this.header(line.trim());
    else if (this.state === 'counts') this.count(line);
    else this.ngram(line);
  }

  private count(line: string): void {
    const match = /^\s*ngram\s+(\d+)\s*=\s*(\d+)\s*$/.exec(line);
    if (!match) throw this.fail(`"${shorten(line)}": expected "ngram <order>=<count>"`);
    const [order, count] = [Number(match[1]), Number(match[2])];
    if (order !== this.counts.length + 1) throw this.fail(`order ${order}: expected ${this.counts.length + 1}`);
    if (order > HIGHEST_ORDER) throw this.fail(`order ${order}: expected at most ${HIGHEST_ORDER}`);
    this.counts.push(count);
  }

  private header(line: string): void {
    if (this.order > 0 && this.inSection !== this.counts[this.order - 1])
      throw this.fail(
        `the section before has ${this.inSection} ${this.order}-grams: expected ${this.counts[this.order - 1]}, as \\data\\ says`,
      );
    if (this.counts.length === 0) throw this.fail(`"${shorten(line)}": expected "ngram 1=<count>"`);
    const expected = this.order === this.counts.length ? '\\end\\' : `\\${this.order + 1}-grams:`;
    if (line !== expected) throw this.fail(`"${shorten(line)}": expected "${expected}"`);
    if (line === '\\end\\') {
      this.state = 'ended';
      return;
    }
    this.state = 'ngrams';
    this.order++;
    this.inSection = 0;
    if (this.order > 1)
      this.levels.push(new NgramLevelBuilder(this.order, Math.min(this.counts[this.order - 1], 2 ** 24)));
  }

  private ngram(line: string): void {
    const { order } = this;
    const fields = line.split(SEPARATORS);
    // A line may start or end with a separator.
    const [from, to] = [fields[0] === '' ? 1 : 0, fields[fields.length - 1] === '' ? fields.length - 1 : fields.length];
    const found = to - from;
    if (found !== order + 1 && found !== order + 2)
      throw this.fail(`"${shorten(line)}": expected a log-prob, ${order} words and perhaps a back-off`);
    const logProb = this.number(fields[from], 'log-prob');
    if (logProb > 0) throw this.fail(`log-prob ${fields[from]}: expected at most 0`);
    const backoff = found === order + 2 ? this.number(fields[to - 1], 'back-off') : 0;
    this.inSection++;
    if (order === 1) this.unigram(fields[from + 1], logProb, backoff);
    else {
      for (let i = 0; i < order; i++) {
        const id = this.ids.get(nameOf(fields[from + 1 + i]));
        if (id === undefined) throw this.fail(`"${fields[from + 1 + i]}" is not among the 1-grams`);
        this.words[i] = id;
      }
      this.levels[order - 2].add(this.words, 0, logProb, backoff);
    }
  }

  private unigram(written: string, logProb: number, backoff: number): void {
    const word = nameOf(written);
    const id = this.ids.get(word);
    if (id !== undefined && (id >= NAMES.length || this.names[id])) throw this.fail(`"${word}" is there twice`);
    if (id !== undefined) this.names[id] = [logProb, backoff];
    else {
      this.ids.set(word, this.ids.size);
      this.words[0] = this.ids.size - 1;
      this.unigrams.add(this.words, 0, logProb, backoff);
    }
  }

  /** Numbers as ARPA writes them: NaN, infinities and hexadecimals are none. */
  private number(text: string, what: string): number {
    const value = Number(text);
    if (!Number.isFinite(value) || !/^[-+]?[\d.]/.test(text))
      throw this.fail(`${what} "${shorten(text)}": expected a number`);
    return value;
  }

  done(options: LayOutOptions): LanguageModel {
    if (this.state !== 'ended')
      throw this.fail(`the file ends here: expected ${this.state === 'before' ? '\\data\\' : '\\end\\'}`);
    if (!this.names[EOS]) throw this.fail('the 1-grams have no </s>');
    const words = [...this.ids.keys()].slice(NAMES.length);
    const { list, ids } = wordListOf(words);
    const read = this.unigrams.done();
    const unigrams: NgramLevel = {
      order: 1,
      count: words.length + NAMES.length,
      words: Uint32Array.from({ length: words.length + NAMES.length }, (_, id) => id),
      logProb: new Float32Array(words.length + NAMES.length),
      backoff: new Float32Array(words.length + NAMES.length),
    };
    const put = (id: number, logProb: number, backoff: number) => {
      unigrams.logProb[id] = logProb;
      unigrams.backoff[id] = backoff;
    };
    put(UNKNOWN, ...(this.names[UNKNOWN] ?? [NO_UNKNOWN, 0]));
    put(BOS, ...(this.names[BOS] ?? [NO_BOS, 0]));
    put(EOS, ...this.names[EOS]);
    for (let i = 0; i < words.length; i++) put(ids[i], read.logProb[i], read.backoff[i]);
    const longer = this.levels.map((level) => level.done());
    // From the numbers of the file to those of the model.
    for (const { words: numbers } of longer)
      for (let i = 0; i < numbers.length; i++)
        if (numbers[i] >= NAMES.length) numbers[i] = ids[numbers[i] - NAMES.length];
    return layOut(list, [unigrams, ...longer], options);
  }

  private fail(reason: string): DecodingError {
    return new DecodingError('AUR_DECODING_ARPA', { line: this.line, reason });
  }
}

/** Words may hold any character but these. */
const SEPARATORS = /[ \t]+/;

/** Some tools write the name of unknown words in capitals. */
const nameOf = (word: string) => (word === '<UNK>' ? NAMES[UNKNOWN] : word);

const shorten = (text: string) => (text.length > 60 ? `${text.slice(0, 57)}...` : text);
