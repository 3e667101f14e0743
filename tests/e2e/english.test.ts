/** The bundled models of general English and of a few English words: their files fit each other and the repository, and they hear people whom they did not learn from. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readBundle } from '@auricle/bundle';
import { loadPcm, Random, readManifest } from '@auricle/datasets';
import { normaliseText } from '@auricle/datasets/text/normalise';
import { wordErrorRate } from '@auricle/decoding';
import { createEngine, type Engine } from '@auricle/serving';
import { describe, expect, it } from 'vitest';
import { corpusFolder } from '../fixtures/corpora.js';

const bundleFolder = (name: string) => join(import.meta.dirname, '../../models', name);
const MEGABYTES = 1e6;

describe('models/en-small', () => {
  it('has words for its sounds, and is small', async () => {
    const bundle = bundleFolder('en-small');
    const { description, tokens, modelPath } = await readBundle(bundle);
    expect(tokens.lexicon?.get('two')).toEqual(['tu']);
    expect(description.training.parameters).toBeLessThan(12e6);
    expect((await stat(modelPath)).size).toBeLessThan(12 * MEGABYTES);
    expect((await stat(join(bundle, description.languageModel!.file))).size).toBeLessThan(25 * MEGABYTES);
  });
});

describe('models/commands-en', () => {
  it('knows three words, and is small', async () => {
    const { tokens, modelPath } = await readBundle(bundleFolder('commands-en'));
    expect(tokens.symbols).toEqual(['<blk>', '▁bed', '▁cat', '▁happy']);
    expect((await stat(modelPath)).size).toBeLessThan(4 * MEGABYTES);
  });
});

/** The text of a recording in packets of random sizes. */
async function hear(engine: Engine, samples: Float32Array, sampleRate: number, random: Random): Promise<string> {
  const stream = engine.openStream({ sampleRate });
  for (let at = 0; at < samples.length; ) {
    const size = random.integer(1, 9000);
    stream.push(samples.subarray(at, at + size));
    at += size;
  }
  return (await stream.finish()).text;
}

describe.each([
  { name: 'en-small', corpusName: 'cmu_arctic', count: 12, mostWrong: 0.45 },
  { name: 'commands-en', corpusName: 'speech_commands', count: 100, mostWrong: 0.03 },
])('dev recordings of $corpusName through $name', ({ name, corpusName, count, mostWrong }) => {
  const corpus = corpusFolder(corpusName);

  it.skipIf(!corpus)('are heard rather right than wrong, alike in packets of any sizes', async () => {
    const engine = await createEngine({ bundle: bundleFolder(name) });
    try {
      const manifest = join(corpus!, 'dev.jsonl');
      const utterances = (await readManifest(manifest)).slice(0, count);
      const random = new Random(5);
      const pairs = await Promise.all(
        utterances.map(async (utterance) => {
          const { samples, sampleRate } = await loadPcm(manifest, utterance);
          const [one, other] = [
            await hear(engine, samples, sampleRate, random),
            await hear(engine, samples, sampleRate, random),
          ];
          expect(one).toBe(other);
          return { reference: normaliseText(utterance.text, 'en').text, hypothesis: one };
        }),
      );
      const { rate } = wordErrorRate(pairs);
      console.log(`WER ${(100 * rate).toFixed(1)} % of ${pairs.length} utterances`);
      expect(rate).toBeLessThan(mostWrong);
    } finally {
      await engine.close();
    }
  });
});
