/** Options that commands of `auricle lm` share. */
import { InvalidArgumentError, Option } from 'commander';

export interface WithBits {
  bits: 16 | 32;
}

export const bitsOption = () =>
  new Option('--bits <bits>', 'of a log-prob: 16 (close) or 32 (exact)').default(16).argParser((value): 16 | 32 => {
    if (value !== '16' && value !== '32') throw new InvalidArgumentError('Allowed choices are 16, 32.');
    return value === '16' ? 16 : 32;
  });

export const languageOption = () =>
  new Option('--language <tag>', 'first put the texts into letters alone, as `auricle data normalise` does (BCP 47)');
