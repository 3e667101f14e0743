/** A command goes in, it comes out with the options that all scoring commands share. */
import { Random, rulesOf } from '@auricle/datasets';
import type { AlignmentKind, BootstrapOptions } from '@auricle/decoding';
import { type Command, Option } from 'commander';
import { wholeNumber } from '../errors.js';

export interface ScoringOptions {
  normalise?: string;
  alignment: AlignmentKind;
  resamples: number;
  seed: number;
  json?: string;
}

export interface ListingOptions {
  perSpeaker: boolean;
  perLength: boolean;
  alignments: boolean;
}

export const withScoring = (command: Command): Command =>
  command
    .option(
      '--normalise <language>',
      'bring both texts into the form of "auricle data normalise" first (BCP 47: en, de, ...)',
      language,
    )
    .addOption(
      new Option('--alignment <kind>', 'levenshtein: the fewest edits, counted as jiwer does; sclite: as sclite aligns')
        .choices(['levenshtein', 'sclite'])
        .default('levenshtein'),
    )
    .option(
      '--resamples <count>',
      'sets of utterances drawn for the intervals',
      wholeNumber('--resamples', 100, 1_000_000),
      10_000,
    )
    .option(
      '--seed <number>',
      'of the drawing: the same one gives the same intervals',
      wholeNumber('--seed', 0, 2 ** 31 - 1),
      1,
    )
    .option('--json <file>', 'write all figures there, those of each utterance too');

export const withListings = (command: Command): Command =>
  withScoring(command)
    .option('--per-speaker', 'a table by speaker', false)
    .option('--per-length', 'a table by length of the reference', false)
    .option('--alignments', 'list the utterances that have errors, word by word', false);

/** Refused here rather than after all is recognised. */
function language(tag: string): string {
  rulesOf(tag);
  return tag;
}

/** 95 %, always the same ones for the same options. */
export function bootstrapOf({ seed, resamples }: ScoringOptions): BootstrapOptions {
  const random = new Random(seed);
  return { uniform: () => random.uniform(), resamples, level: 0.95 };
}
