/** Recognised words with their times go in; the same as a writer would put them come out: numbers, dates, money, what is to be hidden or replaced. */
import type { Word } from '../hypothesis.js';
import { ENGLISH_RULES } from './english-rules.js';
import { type CompiledRule, compileRules, longestMatch, Stretch } from './match-rules.js';
import { type CheckedWrittenForm, checkWrittenForm, type WrittenFormOptions } from './options.js';
import { masked } from './profanity.js';
import { type SpokenToken, spokenTokens } from './spoken-tokens.js';

interface Phrase {
  tokens: readonly string[];
  written: readonly string[];
}

/** Some spoken words, and what is written for them. */
interface Passage {
  from: number;
  /** the word after the last */
  to: number;
  /** each stands for the words from its own on, up to the next one's; none: they are left out */
  written: { text: string; from: number }[];
  /** in as many equal parts as there are written words, whatever was said when */
  isEven?: boolean;
}

/** What is made of the words depends on them alone, not on their times or on how they came, so that the final text of a segment is the same
 *  by whatever way it was reached. */
export class WrittenForm {
  private readonly rules: readonly CompiledRule[];
  private readonly phrases: readonly Phrase[];
  private readonly options: CheckedWrittenForm;

  /** @throws DecodingError AUR_DECODING_OPTION */
  constructor(options: WrittenFormOptions) {
    this.options = checkWrittenForm(options);
    this.rules = compileRules(ENGLISH_RULES.filter(({ name }) => this.options.rules.has(name)));
    this.phrases = this.options.replacements
      .map(({ find, replace = '' }) => ({
        tokens: spokenTokens(find.trim().split(/\s+/)).map(({ text }) => text),
        written: replace.split(/\s+/).filter((word) => word !== ''),
      }))
      .sort((a, b) => b.tokens.length - a.tokens.length);
  }

  /** @param words of one segment, each without white space
   *  @returns words without white space: a written one has the start of the first and the end of the last that it stands for, and the
   *  geometric mean of their confidences */
  apply(words: readonly Word[]): Word[] {
    const tokens = spokenTokens(words.map(({ word }) => word));
    const replaced = this.replacedIn(tokens);
    const stretches = this.rules.length > 0 ? stretchesOf(tokens, replaced) : [];
    const made: Word[] = [];
    let next = 0;
    for (let at = 0; at < tokens.length; ) {
      const passage = replaced[at] ?? this.ruled(tokens, at, stretches[at]);
      if (!passage) {
        // The other tokens of its word may not begin anything.
        at++;
        continue;
      }
      made.push(...words.slice(next, passage.from).map((word) => this.hidden(word)), ...timed(passage, words));
      next = passage.to;
      while (at < tokens.length && tokens[at].word < next) at++;
    }
    return [...made, ...words.slice(next).map((word) => this.hidden(word))];
  }

  /** For every token that a replacement stands for, its passage. */
  private replacedIn(tokens: readonly SpokenToken[]): (Passage | undefined)[] {
    const passages: (Passage | undefined)[] = new Array(tokens.length).fill(undefined);
    if (this.phrases.length === 0) return passages;
    for (let at = 0; at < tokens.length; at++) {
      const passage = passages[at] ? undefined : this.replacement(tokens, at);
      for (let i = at; passage && tokens[i]?.word < passage.to; i++) passages[i] = passage;
    }
    return passages;
  }

  private replacement(tokens: readonly SpokenToken[], at: number): Passage | undefined {
    if (!tokens[at].begins) return undefined;
    const phrase = this.phrases.find(({ tokens: sought }) => {
      const end = at + sought.length;
      return (
        sought.every((text, i) => tokens[at + i]?.text === text) &&
        tokens[end - 1].ends &&
        tokens.slice(at, end - 1).every(({ after }) => after === '')
      );
    });
    if (!phrase) return undefined;
    const [first, last] = [tokens[at], tokens[at + phrase.tokens.length - 1]];
    const written = phrase.written.map((text) => ({ text, from: first.word }));
    return { ...around(first, last, written), isEven: true };
  }

  private ruled(tokens: readonly SpokenToken[], at: number, stretch?: PlacedStretch): Passage | undefined {
    if (!stretch || !tokens[at].begins) return undefined;
    const { from } = stretch;
    const match = longestMatch(this.rules, stretch.stretch, at - from, this.options.wordsBelow);
    if (!match) return undefined;
    const written = match.parts.map((part) => ({ text: part.text, from: tokens[from + part.from].word }));
    return around(tokens[at], tokens[from + match.end - 1], withoutRepeats(written));
  }

  private hidden(word: Word): Word {
    const [token] = spokenTokens([word.word]);
    if (!this.options.profanity.has(token.text)) return word;
    const bare = word.word.slice(token.before.length, word.word.length - token.after.length);
    return { ...word, word: token.before + masked(bare) + token.after };
  }
}

interface PlacedStretch {
  stretch: Stretch;
  /** of its first token */
  from: number;
}

/** The stretch of every token: no rule reads on over a punctuation mark, or into what is replaced. */
function stretchesOf(tokens: readonly SpokenToken[], replaced: readonly unknown[]): PlacedStretch[] {
  const stretches: PlacedStretch[] = [];
  for (let from = 0; from < tokens.length; ) {
    let to = from + 1;
    const goesOn = () => tokens[to - 1].after === '' && tokens[to].before === '' && replaced[to - 1] === replaced[to];
    while (to < tokens.length && goesOn()) to++;
    const part = tokens.slice(from, to);
    const texts = part.map(({ text }) => text);
    const stretch = new Stretch(texts, (end) => part[end - 1].ends);
    for (; from < to; from++) stretches.push({ stretch, from: to - part.length });
  }
  return stretches;
}

/** Two parts of one word (`twenty-five` or `five-thirty`) cannot both have its time: they are joined by a space that is none. */
function withoutRepeats(written: readonly { text: string; from: number }[]): { text: string; from: number }[] {
  const parts: { text: string; from: number }[] = [];
  for (const part of written) {
    const last = parts.at(-1);
    if (last?.from === part.from) last.text += `\u00a0${part.text}`;
    else parts.push({ ...part });
  }
  return parts;
}

/** With the punctuation that stood around the spoken words. */
function around(first: SpokenToken, last: SpokenToken, written: { text: string; from: number }[]): Passage {
  if (written.length > 0) {
    written[0].text = first.before + written[0].text;
    written[written.length - 1].text += last.after;
  }
  return { from: first.word, to: last.word + 1, written };
}

function timed({ from, to, written, isEven }: Passage, words: readonly Word[]): Word[] {
  const [start, end] = [words[from].start, words[to - 1].end];
  const share = (end - start) / written.length;
  return written.map(({ text, from: first }, i) => {
    const said = isEven ? words.slice(from, to) : words.slice(first, written[i + 1]?.from ?? to);
    const mean = said.reduce((sum, { confidence }) => sum + Math.log(confidence), 0) / said.length;
    return {
      word: text,
      start: isEven ? start + i * share : said[0].start,
      end: isEven ? (i === written.length - 1 ? end : start + (i + 1) * share) : said[said.length - 1].end,
      confidence: Math.exp(mean),
    };
  });
}
