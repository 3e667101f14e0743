/** Options of how to decode go in, what the engine takes comes out: the same ones for every command that decodes. */
import { readFile } from 'node:fs/promises';
import { checkHotwords, type DecodingOptions, type Hotword, loadModel } from '@auricle/decoding';
import type { Engine } from '@auricle/serving';
import type { Command } from 'commander';
import { numberOption } from './commands/data/number-option.js';
import { cliError, wholeNumber } from './errors.js';

export interface DecodingFlags {
  beam?: number;
  lm?: string;
  alpha?: number;
  beta?: number;
  unknown?: number;
  priorScale?: number;
  lexicon?: string;
  hotwords?: string;
  hotwordBoost: number;
}

/** Names of the flags, which are those of the settings too. */
export const DECODING_FLAGS = [
  'beam',
  'lm',
  'alpha',
  'beta',
  'unknown',
  'priorScale',
  'lexicon',
  'hotwords',
  'hotwordBoost',
] as const satisfies (keyof DecodingFlags)[];

/** Adds `--beam`, `--lm`, `--alpha`, `--beta`, `--unknown`, `--prior-scale`, `--lexicon`, `--hotwords` and `--hotword-boost`. */
export const withDecodingOptions = (command: Command): Command =>
  command
    .option(
      '--beam <prefixes>',
      'beam search of this width (16 with a language model or hotwords, else greedy)',
      wholeNumber('--beam', 1, 65_536),
    )
    .option('--lm <model>', 'n-gram language model: of `auricle lm build`, or an ARPA file')
    .option('--alpha <weight>', "weight of the language model's log-probs (0.5)", numberOption)
    .option('--beta <nats>', 'added for every word (1 with a language model, else 0)', numberOption)
    .option('--unknown <nats>', 'added for every word that the language model does not know (-10)', numberOption)
    .option(
      '--prior-scale <share>',
      "share of the tokens' priors taken off in a beam search (0); `auricle lm priors` measures them",
      numberOption,
    )
    .option('--lexicon <file>', 'the only words allowed: the first of every line')
    .option(
      '--hotwords <file>',
      'phrases to hear more readily, one a line, each with its own boost after a colon if need be: "new york :4"',
    )
    .option('--hotword-boost <nats>', 'added for every word of a hotword without a boost of its own', numberOption, 4);

/** @throws AUR_CLI_FILE, and what loading the language model throws */
export async function decodingOf(flags: DecodingFlags): Promise<DecodingOptions> {
  const { beam, alpha, beta, unknown, priorScale } = flags;
  const numbers = { beam, alpha, beta, unknown, priorScale };
  return {
    ...Object.fromEntries(Object.entries(numbers).filter(([, value]) => value !== undefined)),
    lm: flags.lm === undefined ? undefined : await loadModel(flags.lm, { shared: true }),
    lexicon: flags.lexicon === undefined ? undefined : firstWords(await textOf(flags.lexicon)),
    hotwords:
      flags.hotwords === undefined ? undefined : parseHotwords(await textOf(flags.hotwords), flags.hotwordBoost),
  };
}

/** Says which hotwords the engine's model cannot write; the others are used. */
export function warnOfHotwords(engine: Engine, { hotwords = [] }: DecodingOptions): void {
  for (const { code, message } of checkHotwords(engine.bundle.tokens, hotwords).problems)
    process.stderr.write(`auricle: ${code}: ${message}; left out\n`);
}

/** @throws AUR_CLI_FILE */
export async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw cliError('AUR_CLI_FILE', { path, reason: (cause as Error).message }, { cause });
  }
}

const linesOf = (text: string): string[] => text.split(/\r?\n/).filter((line) => line.trim() !== '');

/** Pronouncing dictionaries have more on a line than the word. */
const firstWords = (text: string): string[] => linesOf(text).map((line) => line.trim().split(/\s+/)[0]);

/** sherpa-onnx's way of writing: `phrase :boost`. */
export function parseHotwords(text: string, boost: number): Hotword[] {
  return linesOf(text).map((line) => {
    const match = /^(.*?)\s+:(\S+)\s*$/.exec(line);
    return match ? { phrase: match[1].trim(), boost: numberOption(match[2]) } : { phrase: line.trim(), boost };
  });
}
