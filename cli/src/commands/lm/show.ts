/** A language model or its figures go in, lines for people come out. */
import type { LanguageModel, Perplexity } from '@auricle/decoding';

/** One line an order, one for the whole. */
export function showModel(path: string, model: LanguageModel): void {
  const { counts, bits } = model.shape;
  counts.forEach((count, k) => {
    console.log(`${k + 1}-grams: ${count}`);
  });
  const ngrams = counts.reduce((a, b) => a + b, 0);
  const bytes = model.buffer.byteLength;
  console.log(
    `${path}: ${megabytes(bytes)} in memory, ${(bytes / ngrams).toFixed(1)} bytes an n-gram, values of ${bits} bits`,
  );
}

export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(2)} MB`;

export const perplexityLine = ({ perplexity, withoutUnknown, unknown, words, sentences }: Perplexity): string =>
  `perplexity ${perplexity.toFixed(2)}, without unknown words ${withoutUnknown.toFixed(2)}; ${unknown} of ${words} words unknown (${((100 * unknown) / Math.max(1, words)).toFixed(2)} %), ${sentences} sentences`;
