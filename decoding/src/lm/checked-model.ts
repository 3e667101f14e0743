/** The bytes of a model file go in, a model comes out whose every link leads where links may lead: no damage makes a question endless. */
import { DecodingError } from '../errors.js';
import { LanguageModel } from './language-model.js';
import { columnsIn, sum } from './model-layout.js';

/** @throws DecodingError AUR_DECODING_LM_FILE */
export function checkedModel(buffer: ArrayBufferLike): LanguageModel {
  const model = new LanguageModel(buffer);
  const { children, shorter, words, wordOffsets, logProbs, backoffs, logProbBook, backoffBook } = columnsIn(
    buffer,
    model.shape,
  );
  const all = sum(model.shape.counts);
  const refuse = (what: string, at: number) =>
    new DecodingError('AUR_DECODING_LM_FILE', { reason: `${what} ${at} lies where none can be` });
  if (children[0] !== model.words) throw refuse('what follows n-gram', 0);
  for (let i = 1; i < children.length; i++) if (children[i] < children[i - 1]) throw refuse('what follows n-gram', i);
  if (children[children.length - 1] !== all) throw refuse('what follows n-gram', children.length - 1);
  for (let i = 0; i < shorter.length; i++) if (shorter[i] >= model.words + i) throw refuse('the end of n-gram', i);
  for (let i = 0; i < words.length; i++) if (words[i] >= model.words) throw refuse('the word of n-gram', i);
  for (let i = 1; i < wordOffsets.length; i++) if (wordOffsets[i] < wordOffsets[i - 1]) throw refuse('word', i);
  if (model.shape.bits === 32) return model;
  for (let i = 0; i < logProbs.length; i++) if (logProbs[i] >= logProbBook.length) throw refuse('log-prob', i);
  for (let i = 0; i < backoffs.length; i++) if (backoffs[i] >= backoffBook.length) throw refuse('back-off', i);
  return model;
}
