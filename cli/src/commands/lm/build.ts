/** `auricle lm build`: texts go in, an n-gram language model comes out. */
import { buildModel, saveModel } from '@auricle/decoding';
import { Command } from 'commander';
import { cliError, wholeNumber } from '../../errors.js';
import { numberOption } from '../data/number-option.js';
import { bitsOption, languageOption, type WithBits } from './options.js';
import { sentencesOf } from './sentences.js';
import { showModel } from './show.js';

interface Flags extends WithBits {
  order: number;
  prune: number[];
  entropy: number;
  vocabulary?: number;
  language?: string;
  memory: number;
  temporary?: string;
}

const countsOption = (value: string): number[] =>
  value.split(',').map((part) => {
    const count = numberOption(part);
    if (!Number.isInteger(count) || count < 0) throw cliError('AUR_CLI_COUNTS', { option: '--prune', value });
    return count;
  });

export const buildCommand = new Command('build')
  .description('build a model by modified Kneser-Ney smoothing; the texts may be larger than memory')
  .usage('[options] <text...> <out>')
  .argument(
    '<paths...>',
    'texts with a sentence a line (also .gz) and manifests (.jsonl), and last the model; .arpa and .arpa.gz are written as such',
  )
  .option('--order <n>', 'words of the longest n-grams', wholeNumber('--order', 1, 5), 3)
  .option(
    '--prune <counts>',
    'leave out n-grams of orders 2, 3, … that occur at most so often, for example 0,1',
    countsOption,
    [],
  )
  .option(
    '--entropy <share>',
    'leave out n-grams that raise the perplexity by less than this share, for example 1e-8',
    numberOption,
    0,
  )
  .option(
    '--vocabulary <words>',
    'keep the most frequent words, the others are <unk>',
    wholeNumber('--vocabulary', 1, 2 ** 31),
  )
  .addOption(languageOption())
  .addOption(bitsOption())
  .option('--memory <MiB>', 'for sorting', wholeNumber('--memory', 1, 1_000_000), 512)
  .option('--temporary <folder>', 'for what does not fit into memory')
  .action(async (paths: string[], flags: Flags) => {
    const [texts, out] = [paths.slice(0, -1), paths[paths.length - 1]];
    if (texts.length === 0)
      throw cliError('AUR_CLI_PATHS', { problem: 'one path is given: expected texts and then the model to write' });
    const { order, prune, entropy, vocabulary, language, bits, memory, temporary } = flags;
    const { model, sentences, tokens, discounts } = await buildModel(() => sentencesOf(texts, language), {
      order,
      prune,
      entropy,
      vocabulary,
      bits,
      memory: memory * 2 ** 20,
      folder: temporary,
    });
    await saveModel(model, out);
    console.log(`${tokens} words in ${sentences} sentences`);
    discounts.forEach(({ isFallback, amounts }, k) => {
      if (isFallback)
        console.log(`${k + 1}-grams: too few or too odd counts to estimate discounts; ${amounts.join(', ')} are used`);
    });
    showModel(out, model);
  });
