/** What was said and what was heard go in, the words that were heard come out with their confidences and whether they were said. */
import { alignWords, type JudgedWord, type Word } from '@auricle/decoding';

export function judgedWords(
  said: readonly string[],
  heard: readonly Pick<Word, 'word' | 'confidence'>[],
): JudgedWord[] {
  const { pairs } = alignWords(
    said,
    heard.map(({ word }) => word),
  );
  const list: JudgedWord[] = [];
  for (const [reference, hypothesis] of pairs)
    if (hypothesis !== undefined)
      list.push({ confidence: heard[list.length].confidence, isRight: reference === hypothesis });
  return list;
}
