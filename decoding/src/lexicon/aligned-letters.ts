/** Words with their pronunciations go in, what each letter stands for in them comes out: an alignment by expectation and maximisation, where a letter
 *  is silent, one sound or two (after the one-to-many alignments of Damper et al. 2005 and Bisani and Ney 2008). */

/** Sounds of a letter at most: the x of "six" has two. */
const MOST_SOUNDS = 2;
const ROUNDS = 4;
/** Before anything is known, a letter stands rather for one sound than for none or two. */
const FIRST_GUESS = [0.3, 1, 0.05];

/** A letter and what it stands for, as one number: of all units there are `letters * sounds.length`. */
export interface LetterUnits {
  letters: ReadonlyMap<string, number>;
  /** what a letter may stand for: nothing, one of the sounds, two of them */
  sounds: readonly string[];
  /** units of each word that can be aligned, letter by letter */
  words: Uint32Array[];
}

interface Pair {
  letters: Uint8Array;
  sounds: Uint8Array;
}

/** @param entries words and spellings in sounds of one character each; those of more than two sounds a letter are left out */
export function alignLetters(entries: Iterable<readonly [string, string]>): LetterUnits {
  const [letterIds, soundIds] = [new Map<string, number>(), new Map<string, number>()];
  const numbered = (ids: Map<string, number>, text: string) =>
    Uint8Array.from([...text], (character) => {
      const id = ids.get(character) ?? ids.size;
      if (id === ids.size) ids.set(character, id);
      return id;
    });
  const pairs: Pair[] = [];
  for (const [word, spelling] of entries) {
    const pair = { letters: numbered(letterIds, word), sounds: numbered(soundIds, spelling) };
    if (pair.letters.length > 0 && pair.sounds.length <= MOST_SOUNDS * pair.letters.length) pairs.push(pair);
  }
  const names = [...soundIds.keys()];
  const sounds = ['', ...names, ...names.flatMap((first) => names.map((second) => first + second))];
  const lattice = new Lattice(names.length, letterIds.size);
  for (let round = 0; round < ROUNDS; round++) lattice.reestimate(pairs);
  return { letters: letterIds, sounds, words: pairs.map((pair) => lattice.best(pair)) };
}

/** All alignments of a pair: place (l, s) is after l letters and s sounds. */
class Lattice {
  private readonly choices: number;
  private shares: Float64Array | undefined;

  constructor(
    private readonly sounds: number,
    private readonly letters: number,
  ) {
    this.choices = 1 + sounds + sounds * sounds;
  }

  /** Number of what stands at `at`, `length` sounds long, among what a letter may stand for. */
  private choice(pair: Pair, at: number, length: number): number {
    if (length === 0) return 0;
    const first = pair.sounds[at];
    return length === 1 ? 1 + first : 1 + this.sounds + first * this.sounds + pair.sounds[at + 1];
  }

  private shareOf(pair: Pair, letter: number, at: number, length: number): number {
    if (!this.shares) return FIRST_GUESS[length];
    return this.shares[pair.letters[letter] * this.choices + this.choice(pair, at, length)];
  }

  reestimate(pairs: readonly Pair[]): void {
    const counts = new Float64Array(this.letters * this.choices);
    for (const pair of pairs) this.count(pair, counts);
    for (let letter = 0; letter < this.letters; letter++) {
      const row = counts.subarray(letter * this.choices, (letter + 1) * this.choices);
      const total = row.reduce((sum, count) => sum + count, 0);
      if (total > 0) for (let i = 0; i < row.length; i++) row[i] /= total;
    }
    this.shares = counts;
  }

  private count(pair: Pair, counts: Float64Array): void {
    const [letters, width] = [pair.letters.length, pair.sounds.length + 1];
    const before = new Float64Array((letters + 1) * width);
    const after = new Float64Array((letters + 1) * width);
    before[0] = 1;
    after[after.length - 1] = 1;
    this.eachStep(pair, (from, to, share) => {
      before[to] += before[from] * share;
    });
    for (let letter = letters - 1; letter >= 0; letter--)
      for (let at = 0; at < width; at++)
        for (let length = 0; length <= MOST_SOUNDS && at + length < width; length++)
          after[letter * width + at] +=
            this.shareOf(pair, letter, at, length) * after[(letter + 1) * width + at + length];
    const whole = after[0];
    if (whole === 0) return;
    this.eachStep(pair, (from, to, share, letter, at) => {
      const choice = this.choice(pair, at, (to % width) - at);
      counts[pair.letters[letter] * this.choices + choice] += (before[from] * share * after[to]) / whole;
    });
  }

  /** The likeliest alignment's units. */
  best(pair: Pair): Uint32Array {
    const [letters, width] = [pair.letters.length, pair.sounds.length + 1];
    const score = new Float64Array((letters + 1) * width);
    const lengths = new Uint8Array((letters + 1) * width);
    score[0] = 1;
    this.eachStep(pair, (from, to, share, _, at) => {
      if (score[from] * share <= score[to]) return;
      score[to] = score[from] * share;
      lengths[to] = (to % width) - at;
    });
    const units = new Uint32Array(letters);
    for (let letter = letters, at = width - 1; letter > 0; letter--) {
      const length = lengths[letter * width + at];
      at -= length;
      units[letter - 1] = pair.letters[letter - 1] * this.choices + this.choice(pair, at, length);
    }
    return units;
  }

  /** In the order of places. */
  private eachStep(
    pair: Pair,
    step: (from: number, to: number, share: number, letter: number, at: number) => void,
  ): void {
    const width = pair.sounds.length + 1;
    for (let letter = 0; letter < pair.letters.length; letter++)
      for (let at = 0; at < width; at++)
        for (let length = 0; length <= MOST_SOUNDS && at + length < width; length++)
          step(
            letter * width + at,
            (letter + 1) * width + at + length,
            this.shareOf(pair, letter, at, length),
            letter,
            at,
          );
  }
}
