/** Phrases as other protocols' clients name them go in, hotwords for the decoder come out. */
import type { Hotword } from '@auricle/decoding';
import { servingError } from '../errors.js';

/** Nats a word, where the protocol has no number for it: as the command line's `--hotword-boost`. */
export const PHRASE_BOOST = 4;

/** Characters of all hotwords of a stream: an automaton is built of them, and a stranger's may not take much memory. */
export const MOST_HOTWORD_CHARACTERS = 20_000;
export const MOST_HOTWORDS = 1000;

/** @param phrases with an own boost after them where they have one
 *  @returns undefined where there are none, so that a stream without hotwords is decoded as the engine does
 *  @throws AUR_PROTOCOL_HOTWORDS for more than a stream may have */
export function hotwordsOf(phrases: readonly (string | Hotword)[]): Hotword[] | undefined {
  const hotwords = phrases
    .map((each) => (typeof each === 'string' ? { phrase: each.trim(), boost: PHRASE_BOOST } : each))
    .filter(({ phrase }) => phrase !== '');
  if (hotwords.length === 0) return undefined;
  const characters = hotwords.reduce((sum, { phrase }) => sum + phrase.length, 0);
  if (hotwords.length > MOST_HOTWORDS || characters > MOST_HOTWORD_CHARACTERS)
    throw servingError('AUR_PROTOCOL_HOTWORDS', {
      count: hotwords.length,
      characters,
      most: MOST_HOTWORDS,
      mostCharacters: MOST_HOTWORD_CHARACTERS,
    });
  return hotwords;
}

/** Longer pieces of a prompt are sentences, not names, and no speaker will say them again word by word. */
const MOST_PROMPT_WORDS = 5;

/** Nats a word: less than for phrases that are named as such, for a prompt may hold anything. */
export const PROMPT_BOOST = 2;

/** The phrases of a free text that leads a recogniser, such as `Auricle, log-mel, Karl Weierstraß.` */
export const promptHotwords = (prompt: string): Hotword[] =>
  prompt
    .split(/[,;:.!?\n]+/)
    .map((piece) => piece.trim())
    .filter((piece) => piece !== '' && piece.split(/\s+/).length <= MOST_PROMPT_WORDS)
    .map((phrase) => ({ phrase, boost: PROMPT_BOOST }));
