/** `auricle lm interpolate`: two models go in, one that mixes them comes out. */
import { bestWeight, interpolateModels, loadModel, saveModel } from '@auricle/decoding';
import { Command } from 'commander';
import { cliError } from '../../errors.js';
import { numberOption } from '../data/number-option.js';
import { bitsOption, languageOption, type WithBits } from './options.js';
import { sentencesOf } from './sentences.js';
import { showModel } from './show.js';

interface Flags extends WithBits {
  weight?: number;
  dev?: string[];
  language?: string;
}

export const interpolateCommand = new Command('interpolate')
  .description('mix the probabilities of two models')
  .argument('<a>')
  .argument('<b>')
  .argument('<out>', 'model to write')
  .option('--weight <share>', 'of the first model, from 0 to 1', numberOption)
  .option('--dev <texts...>', 'find the weight that makes these texts likeliest')
  .addOption(languageOption())
  .addOption(bitsOption())
  .action(async (first: string, second: string, out: string, { weight, dev, language, bits }: Flags) => {
    if ((weight === undefined) === (dev === undefined))
      throw cliError('AUR_CLI_PATHS', { problem: 'expected either --weight or --dev' });
    const [a, b] = [await loadModel(first), await loadModel(second)];
    const sentences: string[] = [];
    if (dev) for await (const piece of sentencesOf(dev, language)) sentences.push(...piece);
    const share = weight ?? bestWeight(a, b, sentences);
    const model = interpolateModels(a, b, share, { bits });
    await saveModel(model, out);
    console.log(`weight of ${first}: ${share.toFixed(3)}`);
    showModel(out, model);
  });
