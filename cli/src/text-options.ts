/** Options of how texts are written go in, what the engine takes comes out: the same ones for every command that gives transcripts. */
import { parseReplacement, type WrittenFormOptions } from '@auricle/decoding';
import { type Command, Option } from 'commander';
import { wholeNumber } from './errors.js';

export interface TextFlags {
  itn: boolean;
  numerals: boolean;
  wordsBelow?: number;
  profanityFilter: boolean;
  replace: string[];
}

/** Adds `--itn`, `--numerals`, `--words-below`, `--profanity-filter` and `--replace`. */
export const withTextOptions = (command: Command): Command =>
  command
    .option('--itn', 'write numbers, dates, times, money and the like as one writes them (English)', false)
    .addOption(
      new Option('--numerals', 'write single numbers in figures and nothing else').default(false).conflicts('itn'),
    )
    .option(
      '--words-below <number>',
      'smaller numbers that stand alone stay in words, with --itn or --numerals (10)',
      wholeNumber('--words-below', 0, 1000),
    )
    .option('--profanity-filter', 'hide profane words behind asterisks (English)', false)
    .option(
      '--replace <find:text>',
      'write this text for these spoken words; without a colon they are left out; may be given several times',
      (value: string, before: string[]) => [...before, value],
      [],
    );

/** @returns undefined where nothing is asked for */
export function writtenFormOf(flags: TextFlags): WrittenFormOptions | undefined {
  const { itn, numerals, wordsBelow, profanityFilter, replace } = flags;
  if (!itn && !numerals && !profanityFilter && replace.length === 0) return undefined;
  return {
    rules: itn ? 'all' : numerals ? 'numerals' : 'none',
    ...(wordsBelow !== undefined && { wordsBelow }),
    profanity: profanityFilter,
    replacements: replace.map(parseReplacement),
  };
}
