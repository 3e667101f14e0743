/** Hotwords as they were asked for go in, those that a vocabulary can write come out, the others with an error each. */
import { encodeText } from '../encode-text.js';
import { DecodingError } from '../errors.js';
import { type TokenTable, wordsOf } from '../tokens.js';

/** A phrase that is to be heard more readily. */
export interface Hotword {
  /** one or more words */
  phrase: string;
  /** added to the score of a text for each word of the phrase whenever it says the whole phrase (nats); below 0 it is heard less readily */
  boost: number;
}

/** Beyond this a boost drowns whatever was heard. */
export const GREATEST_BOOST = 1000;

export interface CheckedHotwords {
  usable: Hotword[];
  /** AUR_DECODING_HOTWORD, one for each hotword that is left out */
  problems: DecodingError[];
}

/** @param hotwords of which the last counts where a phrase is there twice */
export function checkHotwords(table: TokenTable, hotwords: readonly Hotword[]): CheckedHotwords {
  const usable = new Map<string, Hotword>();
  const problems: DecodingError[] = [];
  for (const { phrase, boost } of hotwords) {
    const refuse = (reason: string) => problems.push(new DecodingError('AUR_DECODING_HOTWORD', { phrase, reason }));
    const words = wordsOf(phrase);
    if (words.length === 0) refuse('it has no word');
    else if (typeof boost !== 'number' || !(Math.abs(boost) <= GREATEST_BOOST))
      refuse(`boost ${boost}: expected a number from -${GREATEST_BOOST} to ${GREATEST_BOOST}`);
    else {
      const bare = words.join(' ');
      try {
        encodeText(table, bare);
        usable.set(bare, { phrase: bare, boost });
      } catch (error) {
        refuse((error as DecodingError).message);
      }
    }
  }
  return { usable: [...usable.values()], problems };
}
