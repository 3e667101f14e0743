/** `auricle lm priors`: a bundle and recordings go in, how probable the model finds each token in a frame comes out, and is kept in the bundle. */
import { writeBundle } from '@auricle/bundle';
import { createEngine, type Engine } from '@auricle/serving';
import { Command } from 'commander';
import { cliError } from '../../errors.js';
import { hearManifest } from '../../hear.js';

export const priorsCommand = new Command('priors')
  .description(
    'measure how probable a model finds each token in a frame, so that `--prior-scale` can take it off\n\n' +
      'On recordings like those that it was trained on, some minutes of them; their texts are not looked at.',
  )
  .argument('<bundle>', 'folder of a model bundle; its bundle.json is written anew')
  .argument('<manifests...>')
  .action(async (dir: string, manifests: string[]) => {
    const engine = await createEngine({ bundle: dir });
    try {
      const { description, tokens } = engine.bundle;
      const { mean, frames } = await meanProbabilities(engine, manifests);
      const tokenPriors = mean.map((probability) => Number(Math.log(probability).toFixed(3)));
      await writeBundle(dir, { ...description, tokenPriors }, tokens);
      const shown = [...mean.entries()].sort(([, a], [, b]) => b - a).slice(0, 5);
      const list = shown.map(([id, share]) => `${tokens.symbols[id]} ${(100 * share).toFixed(1)} %`).join(', ');
      console.log(`${dir}: priors of ${mean.length} tokens from ${frames} frames: ${list}, ...`);
    } finally {
      await engine.close();
    }
  });

/** Each token is taken to have one frame more than it has, for that which is never heard has a prior too. */
async function meanProbabilities(engine: Engine, manifests: readonly string[]) {
  const vocabulary = engine.bundle.tokens.symbols.length;
  const sums = new Array<number>(vocabulary).fill(1);
  let frames = 0;
  for (const manifest of manifests)
    await hearManifest(engine, manifest, () => (chunk) => {
      frames += chunk.frames;
      for (let i = 0; i < chunk.values.length; i++) sums[i % vocabulary] += Math.exp(chunk.values[i]);
    });
  if (frames === 0) throw cliError('AUR_CLI_PATHS', { problem: `no recording in ${manifests.join(', ')}` });
  return { mean: sums.map((sum) => sum / (frames + vocabulary)), frames };
}
