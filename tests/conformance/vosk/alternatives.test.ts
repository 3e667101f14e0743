/** Several segments that end in one reply have alternatives of the whole. */
import type { Segment } from '@auricle/serving';
import { alternativesReplySchema, finalReply } from '@auricle/serving/protocols/vosk/messages';
import { expect, it } from 'vitest';

const heard = (text: string, start: number, confidence: number) => ({
  text,
  start,
  end: start + 0.5,
  confidence,
  words: [{ word: text, start, end: start + 0.5, confidence }],
});
const segment = (texts: string[], start: number): Segment => {
  const alternatives = texts.map((text, i) => heard(text, start, 0.9 / (i + 1)));
  return { ...alternatives[0], segment: 0, stableCharacters: 0, isFinal: true, alternatives };
};

it('the best of each come first, then those that differ least', () => {
  const reply = finalReply([segment(['four', 'for'], 0), segment(['two', 'too', 'to'], 2)], { max_alternatives: 4 });
  const { alternatives } = alternativesReplySchema.parse(reply);
  expect(alternatives.map(({ text }) => text)).toEqual(['four two', 'four too', 'for two', 'four to']);
  expect(alternatives[0].confidence).toBeCloseTo(0.9, 5);
  expect(alternatives[1].confidence).toBeCloseTo(Math.sqrt(0.9 * 0.45), 5);
  expect(alternatives[2].result!.map(({ word, start }) => [word, start])).toEqual([
    ['for', 0],
    ['two', 2],
  ]);
});

it('a segment without alternatives has its own text, and none at all an empty one', () => {
  const { alternatives: _, ...single } = segment(['one'], 0);
  expect(finalReply([single], { max_alternatives: 3, words: false })).toEqual({
    alternatives: [{ confidence: 0.9, text: 'one' }],
  });
  expect(finalReply([], { max_alternatives: 3 })).toEqual({ alternatives: [{ confidence: 1, text: '' }] });
});
