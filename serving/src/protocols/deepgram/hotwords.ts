/** Deepgram's keyterms and keywords go in, hotwords for the decoder come out. */
import { GREATEST_BOOST, type Hotword } from '@auricle/decoding';
import { servingError } from '../../errors.js';
import { hotwordsOf } from '../hotword-phrases.js';

/** @returns undefined where there are none
 *  @throws AUR_PROTOCOL_PARAMETER, AUR_PROTOCOL_HOTWORDS */
export const deepgramHotwords = ({ keyterm = [], keywords = [] }: { keyterm?: string[]; keywords?: string[] }) =>
  hotwordsOf([...keyterm, ...keywords.map(keyword)]);

function keyword(text: string): string | Hotword {
  const [, phrase, boost] = /^(.*?)(?::([^:]*))?$/s.exec(text)!;
  if (boost === undefined) return phrase;
  const value = boost.trim() === '' ? Number.NaN : Number(boost);
  if (!(Math.abs(value) <= GREATEST_BOOST))
    throw servingError('AUR_PROTOCOL_PARAMETER', {
      problems: `keywords: seen ${JSON.stringify(text.slice(0, 80))}, expected word:boost with a number from -${GREATEST_BOOST} to ${GREATEST_BOOST}`,
    });
  return { phrase: phrase.trim(), boost: value };
}
