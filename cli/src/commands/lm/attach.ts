/** `auricle lm attach`: a bundle, a language model and a lexicon go in, the bundle that decodes with them comes out. */
import { copyFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { readBundle, writeBundle } from '@auricle/bundle';
import { loadModel, parseLexicon } from '@auricle/decoding';
import { Command } from 'commander';
import { textOf } from '../../decoding-options.js';
import { cliError, wholeNumber } from '../../errors.js';
import { numberOption } from '../data/number-option.js';

interface Flags {
  lm?: string;
  alpha?: number;
  beta?: number;
  beam?: number;
  priorScale?: number;
  lexicon?: string;
}

export const attachCommand = new Command('attach')
  .description('give a model bundle the language model and the lexicon that it decodes with unless told otherwise')
  .argument('<bundle>', 'folder of a model bundle')
  .option('--lm <model>', 'n-gram language model: of `auricle lm build`, or an ARPA file')
  .option('--alpha <weight>', "weight of the language model's log-probs", numberOption)
  .option('--beta <nats>', 'added for every word', numberOption)
  .option('--beam <prefixes>', 'beam search of this width (16)', wholeNumber('--beam', 1, 65_536))
  .option('--prior-scale <share>', "share of the tokens' priors taken off (`auricle lm priors`)", numberOption)
  .option('--lexicon <file>', 'how words are said, where the tokens are sounds: `word sound sound …` a line')
  .action(async (dir: string, { lm, lexicon, ...weights }: Flags) => {
    if (lm === undefined && lexicon === undefined)
      throw cliError('AUR_CLI_ATTACH', { problem: 'nothing to attach: expected --lm, --lexicon or both' });
    if (lm === undefined && Object.values(weights).some((value) => value !== undefined))
      throw cliError('AUR_CLI_ATTACH', { problem: 'weights and --beam go with a model: expected --lm too' });
    const { description, tokens } = await readBundle(dir);
    let { languageModel } = description;
    if (lm !== undefined) {
      await loadModel(lm);
      const file = basename(lm);
      if (resolve(lm) !== resolve(dir, file)) await copyFile(lm, join(dir, file));
      languageModel = { file, ...weights };
    }
    const table = lexicon === undefined ? tokens : { ...tokens, lexicon: parseLexicon(await textOf(lexicon)) };
    const written = await writeBundle(dir, { ...description, languageModel }, table);
    console.log(
      `${dir}: language model ${written.languageModel?.file ?? 'none'}, lexicon ${written.lexicon ?? 'none'}`,
    );
  });
