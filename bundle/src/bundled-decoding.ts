/** A bundle and how to decode go in, the same with the bundle's own language model comes out, where no other is asked for. */
import { join } from 'node:path';
import { type DecodingOptions, loadModel } from '@auricle/decoding';
import type { Bundle } from './bundle.js';

/** @param options of which those that are given hold; the bundle's weights and beam are for its own language model alone
 *  @throws DecodingError AUR_DECODING_FILE, AUR_DECODING_LM_FILE, AUR_DECODING_ARPA */
export async function bundledDecoding(
  { dir, description }: Pick<Bundle, 'dir' | 'description'>,
  options: DecodingOptions = {},
): Promise<DecodingOptions> {
  const { languageModel, wordTimes, confidence, tokenPriors } = description;
  const measured = { wordTimes, confidence, tokenPriors };
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  if (!languageModel || options.lm) return { ...measured, ...given };
  const { file, ...ways } = languageModel;
  return { ...measured, lm: await loadModel(join(dir, file), { shared: true }), ...ways, ...given };
}
