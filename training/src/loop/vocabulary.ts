/** A recipe and its training texts go in, the tokens of the model come out. */
import { readFile } from 'node:fs/promises';
import {
  characterTokens,
  type Lexicon,
  parseLexicon,
  parseTokens,
  type TokenTable,
  wordTokens,
} from '@auricle/decoding';
import { manifestTexts } from '../data/corpus.js';
import { BLANK } from '../engine/objective.js';
import { trainingError } from '../errors.js';
import type { TrainConfig } from './config.js';

/** @param kept tokens of the model that training starts from, where the recipe keeps them; their lexicon gives way to the recipe's
 *  @throws AUR_TRAIN_VOCABULARY for a file that is no token table or no lexicon, or has its blank elsewhere, and for texts without a word */
export async function vocabularyOf(
  config: TrainConfig,
  manifests: readonly string[],
  kept?: TokenTable,
): Promise<TokenTable> {
  const lexicon = config.lexicon === undefined ? kept?.lexicon : await readLexicon(config.lexicon);
  const tokens = kept ?? (await tokensOf(config, manifests, lexicon));
  return lexicon ? { ...tokens, lexicon } : tokens;
}

async function readLexicon(path: string): Promise<Lexicon> {
  try {
    return parseLexicon(await readFile(path, 'utf8'));
  } catch (cause) {
    throw trainingError('AUR_TRAIN_VOCABULARY', { path, reason: (cause as Error).message }, { cause });
  }
}

/** Words without a pronunciation make no tokens: utterances with them are left out later. */
const saidBy = (lexicon: Lexicon, text: string) =>
  text
    .split(/\s+/)
    .flatMap((word) => lexicon.get(word)?.[0] ?? [])
    .join(' ');

async function tokensOf(
  { vocabulary }: TrainConfig,
  manifests: readonly string[],
  lexicon?: Lexicon,
): Promise<TokenTable> {
  const unusable = (reason: string, cause?: unknown) =>
    trainingError('AUR_TRAIN_VOCABULARY', { path: vocabulary, reason }, { cause });
  if (vocabulary === 'characters' || vocabulary === 'words') {
    const written = await manifestTexts(manifests);
    const texts = lexicon ? written.map((text) => saidBy(lexicon, text)) : written;
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
