/** Against KenLM, whose figures fixtures/make_kenlm_goldens.py writes. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type BuildOptions, buildModel, type LanguageModel, PerplexityMeter, readArpa } from '@auricle/decoding';
import { describe, expect, it } from 'vitest';

const FIXTURES = join(import.meta.dirname, 'fixtures');
const linesOf = async (name: string) => (await readFile(join(FIXTURES, name), 'utf8')).trimEnd().split('\n');

interface Golden {
  order: number;
  prune?: number[];
  counts: number[];
  /** log10 of every word and of the end, a sentence each */
  scores: number[][];
}
const goldens: Golden[] = JSON.parse(await readFile(join(FIXTURES, 'kenlm-goldens.json'), 'utf8'));
const [train, heldOut] = [await linesOf('alice.txt'), await linesOf('alice-held-out.txt')];

function scoresOf(model: LanguageModel, sentence: string): number[] {
  let state = model.after(model.id('<s>'));
  return [...sentence.split(' '), '</s>'].map((word) => {
    const score = model.score(state, model.id(word));
    state = model.next;
    return score;
  });
}

/** Greatest difference from KenLM over all words of the held-out sentences. */
const greatestDifference = (model: LanguageModel, { scores }: Golden) =>
  Math.max(
    ...heldOut.flatMap((sentence, s) => scoresOf(model, sentence).map((score, i) => Math.abs(score - scores[s][i]))),
  );

describe("KenLM's scores", () => {
  it.each([16, 32] as const)('are those of the same ARPA file, with values of %d bits', async (bits) => {
    const arpa = gunzipSync(await readFile(join(FIXTURES, 'alice-3.arpa.gz')));
    const model = await readArpa([arpa], { bits });
    const golden = goldens.find(({ order, prune }) => order === 3 && !prune)!;
    expect(model.shape.counts).toEqual(golden.counts);
    expect(greatestDifference(model, golden)).toBeLessThan(bits === 32 ? 1e-5 : 1e-4);
  });

  it.each(goldens.map((golden) => [JSON.stringify({ order: golden.order, prune: golden.prune }), golden] as const))(
    'are those of a model built here: %s',
    async (_, golden) => {
      const options: BuildOptions = { order: golden.order, prune: golden.prune, bits: 32 };
      const { model, sentences } = await buildModel(() => [train], options);
      expect(sentences).toBe(train.length);
      expect(model.shape.counts).toEqual(golden.counts);
      expect(greatestDifference(model, golden)).toBeLessThan(2e-5);

      const meter = new PerplexityMeter(model);
      for (const sentence of heldOut) meter.add(sentence);
      const all = golden.scores.flat();
      const expected = 10 ** (-all.reduce((sum, score) => sum + score, 0) / all.length);
      expect(meter.result().perplexity / expected).toBeCloseTo(1, 4);
    },
  );
});
