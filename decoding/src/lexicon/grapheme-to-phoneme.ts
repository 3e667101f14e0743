/** A lexicon goes in, guesses at how other words are said come out: an n-gram model of letters together with their sounds (Bisani and Ney 2008). */
import { alignLetters, type LetterUnits } from './aligned-letters.js';
import type { Lexicon } from './lexicon.js';

/** Units that the next one's probability depends on. */
const HISTORY = 4;
const BEAM = 24;
/** What a letter stands for more rarely than this in the whole lexicon is a slip of the alignment. */
const LEAST_COUNT = 3;

/** Counts of what follows a context. */
interface Context {
  total: number;
  counts: Map<number, number>;
  /** contexts of one unit more, by that unit */
  longer: Map<number, Context>;
}

interface Guess {
  units: readonly number[];
  score: number;
}

const emptyContext = (): Context => ({ total: 0, counts: new Map(), longer: new Map() });

export class GraphemeToPhoneme {
  private readonly root = emptyContext();
  private readonly units: LetterUnits;
  /** units that a letter has been seen as */
  private readonly choices = new Map<number, number[]>();
  private readonly end: number;

  /** Learns of the usual spelling of each word; takes some seconds with 100,000 words. */
  constructor(lexicon: Lexicon) {
    this.units = alignLetters([...lexicon].map(([word, [spelling]]) => [word, spelling] as const));
    const { letters, sounds, words } = this.units;
    this.end = letters.size * sounds.length;
    const counts = new Map<number, number>();
    for (const word of words) {
      const followed = [...word, this.end];
      followed.forEach((unit, at) => {
        counts.set(unit, (counts.get(unit) ?? 0) + 1);
        this.learn(unit, followed, at);
      });
    }
    for (const [unit, count] of counts) {
      const letter = Math.floor(unit / sounds.length);
      if (unit === this.end || count < LEAST_COUNT) continue;
      this.choices.set(letter, [...(this.choices.get(letter) ?? []), unit]);
    }
  }

  private learn(unit: number, word: readonly number[], at: number): void {
    let context = this.root;
    for (let back = 0; ; back++) {
      context.total++;
      context.counts.set(unit, (context.counts.get(unit) ?? 0) + 1);
      if (back === HISTORY || back > at) return;
      const before = back === at ? this.end : word[at - back - 1];
      let longer = context.longer.get(before);
      if (!longer) {
        longer = emptyContext();
        context.longer.set(before, longer);
      }
      context = longer;
    }
  }

  /** Probability of a unit after others, smoothed as Witten and Bell (1991) do. */
  private probability(unit: number, word: readonly number[]): number {
    let context: Context | undefined = this.root;
    let probability = 1e-6;
    for (let back = 0; context; back++) {
      const kinds = context.counts.size;
      probability = ((context.counts.get(unit) ?? 0) + kinds * probability) / (context.total + kinds);
      if (back > word.length) break;
      context = context.longer.get(back === word.length ? this.end : word[word.length - back - 1]);
    }
    return probability;
  }

  /** The likeliest pronunciations of a word, the best first; none where it has a letter that the lexicon's words do not have. */
  guess(word: string, most = 1): string[] {
    const { letters, sounds } = this.units;
    let beam: Guess[] = [{ units: [], score: 0 }];
    for (const character of word) {
      const letter = letters.get(character);
      const choices = letter === undefined ? [] : (this.choices.get(letter) ?? []);
      beam = beam
        .flatMap(({ units, score }) =>
          choices.map((unit) => ({ units: [...units, unit], score: score + Math.log(this.probability(unit, units)) })),
        )
        .sort((a, b) => b.score - a.score)
        .slice(0, BEAM);
    }
    const bySpelling = new Map<string, number>();
    for (const { units, score } of beam) {
      const spelling = units.map((unit) => sounds[unit % sounds.length]).join('');
      const probability = Math.exp(score + Math.log(this.probability(this.end, units)));
      bySpelling.set(spelling, (bySpelling.get(spelling) ?? 0) + probability);
    }
    return [...bySpelling]
      .filter(([spelling]) => spelling !== '')
      .sort((a, b) => b[1] - a[1])
      .slice(0, most)
      .map(([spelling]) => spelling);
  }
}
