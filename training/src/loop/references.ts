/** Manifests go in, their utterances with frames and texts come out: what an error rate is taken of. */

import { pronounce, type TokenTable } from '@auricle/decoding';
import { addCounts, loadCorpus } from '../data/corpus.js';
import { plainExample } from '../data/example.js';
import type { ExampleLoader } from '../data/loader.js';
import type { TrainConfig } from './config.js';
import type { Reference } from './evaluate.js';

/** Frames as they are, without augmentation; made once and kept in memory. With a lexicon, texts are what is said: a greedy decoder tells no homophones.
 *  @returns also how many utterances were left out, by error code */
export async function loadReferences(
  loader: ExampleLoader,
  config: TrainConfig,
  manifests: string[],
  tokens: TokenTable,
): Promise<{ references: Reference[]; leftOut: Record<string, number> }> {
  const { recordings, leftOut } = await loadCorpus(manifests, tokens, Number.POSITIVE_INFINITY, config.data.features);
  const { made, leftOut: lost } = await loader.examples(recordings.map((r) => plainExample(config, r)));
  const { lexicon } = tokens;
  const references = recordings.flatMap(({ utterance }, i): Reference[] => {
    const example = made[i];
    const text = lexicon ? pronounce(lexicon, utterance.text) : utterance.text;
    return example ? [{ example, text, source: utterance.audio_filepath ?? utterance.features_filepath }] : [];
  });
  return { references, leftOut: addCounts(leftOut, lost) };
}
