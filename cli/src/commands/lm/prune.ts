/** `auricle lm prune`: a model goes in, a smaller one comes out. */
import { loadModel, pruneByEntropy, saveModel } from '@auricle/decoding';
import { Command } from 'commander';
import { numberOption } from '../data/number-option.js';
import { bitsOption, type WithBits } from './options.js';
import { showModel } from './show.js';

export const pruneCommand = new Command('prune')
  .description('leave out the n-grams that a model hardly misses')
  .argument('<model>')
  .argument('<out>', 'model to write')
  .requiredOption(
    '--entropy <share>',
    'by which leaving out an n-gram may raise the perplexity, for example 1e-8',
    numberOption,
  )
  .addOption(bitsOption())
  .action(async (path: string, out: string, { entropy, bits }: WithBits & { entropy: number }) => {
    const model = pruneByEntropy(await loadModel(path), entropy, { bits });
    await saveModel(model, out);
    showModel(out, model);
  });
