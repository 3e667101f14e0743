/** A recipe and its training texts go in, the tokens of the model come out. */
import { readFile } from 'node:fs/promises';
import { characterTokens, parseTokens, type TokenTable, wordTokens } from '@auricle/decoding';
import { manifestTexts } from '../data/corpus.js';
import { BLANK } from '../engine/objective.js';
import { trainingError } from '../errors.js';
import type { TrainConfig } from './config.js';

/** @throws AUR_TRAIN_VOCABULARY for a file that is no token table, or has its blank elsewhere, and for texts without a word */
export async function vocabularyOf({ vocabulary }: TrainConfig, manifests: readonly string[]): Promise<TokenTable> {
  const unusable = (reason: string, cause?: unknown) =>
    trainingError('AUR_TRAIN_VOCABULARY', { path: vocabulary, reason }, { cause });
  if (vocabulary === 'characters' || vocabulary === 'words') {
    const texts = await manifestTexts(manifests);
    if (texts.every((text) => text.trim() === '')) throw unusable('no training text holds a word');
    return vocabulary === 'characters' ? characterTokens(texts) : wordTokens(texts);
  }
  let tokens: TokenTable;
  try {
    tokens = parseTokens(await readFile(vocabulary, 'utf8'));
  } catch (cause) {
    throw unusable((cause as Error).message, cause);
  }
  if (tokens.blankId !== BLANK) throw unusable(`its blank is token ${tokens.blankId}: expected ${BLANK}`);
  return tokens;
}
