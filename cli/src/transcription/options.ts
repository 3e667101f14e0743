/** The command `transcribe` goes in, it comes out with its options; what was given comes out checked. */
import type { CaptionRules } from '@auricle/decoding';
import { MOST_ALTERNATIVES, TRANSCRIPT_FORMATS, type TranscriptFormat } from '@auricle/serving';
import { type Command, Option } from 'commander';
import { numberOption } from '../commands/data/number-option.js';
import type { DecodingFlags } from '../decoding-options.js';
import { DEFAULT_BUNDLE } from '../default-bundle.js';
import { cliError, wholeNumber } from '../errors.js';
import type { TextFlags } from '../text-options.js';

/** How recordings are recognised, and how their texts are laid out. */
export interface RecognitionFlags extends DecodingFlags, TextFlags {
  model: string;
  float: boolean;
  format?: TranscriptFormat[];
  channels: 'mix' | 'each';
  workers?: number;
  cutSeconds: number;
  alternatives: number;
  lineLength: number;
  lines: number;
  longest: number;
}

export interface TranscribeFlags extends RecognitionFlags {
  json: boolean;
  outputDir?: string;
  resume: boolean;
  watch: boolean;
  reference?: string;
  normalise?: string;
  quiet: boolean;
}

export const withRecognitionOptions = (command: Command): Command =>
  command
    .option('--model <bundle>', 'name or folder of a model', DEFAULT_BUNDLE)
    .option('--float', 'use the float model where there is an int8 one too', false)
    .option('--format <formats>', `some of ${TRANSCRIPT_FORMATS.join(',')} (txt)`, formats)
    .addOption(
      new Option('--channels <which>', 'mix: all of a recording together; each: one by one, as when each has a speaker')
        .choices(['mix', 'each'])
        .default('mix'),
    )
    .option('--workers <count>', 'inference threads (all cores)', wholeNumber('--workers', 1, 1024))
    .option(
      '--cut-seconds <seconds>',
      'longer recordings are cut at pauses, so that all cores work on them; 0: none is',
      wholeNumber('--cut-seconds', 0, 3600),
      120,
    )
    .option(
      '--alternatives <count>',
      'texts for each segment, the likeliest first, in json and jsonl',
      wholeNumber('--alternatives', 1, MOST_ALTERNATIVES),
      1,
    )
    .option('--line-length <characters>', 'of subtitles', wholeNumber('--line-length', 1, 200), 42)
    .option('--lines <count>', 'of a subtitle at most', wholeNumber('--lines', 1, 4), 2)
    .option('--longest <seconds>', 'that a subtitle stands', numberOption, 7);

export const withTranscribeOptions = (command: Command): Command =>
  withRecognitionOptions(command)
    .option('--json', 'as --format json', false)
    .option(
      '--output-dir <folder>',
      'write there what else goes to standard output; folders are as those of the recordings',
    )
    .option('--resume', 'skip what an earlier run with the same options has done, and done soundly', false)
    .option('--watch', 'go on with the recordings that come into the folder, until a signal ends it', false)
    .option('--reference <manifest>', 'compare with what was said, and print the error rates as "evaluate" does')
    .option('--normalise <language>', 'of both texts before they are compared, as "evaluate" has it')
    .option('--quiet', 'no progress', false);

function formats(value: string): TranscriptFormat[] {
  const given = [...new Set(value.toLowerCase().split(','))];
  const unknown = given.find((name) => !(TRANSCRIPT_FORMATS as readonly string[]).includes(name));
  if (unknown !== undefined)
    throw cliError('AUR_CLI_PATHS', {
      problem: `--format: seen "${unknown}", expected some of ${TRANSCRIPT_FORMATS.join(',')}`,
    });
  return given as TranscriptFormat[];
}

export const formatsOf = ({ format, json }: TranscribeFlags): TranscriptFormat[] => format ?? [json ? 'json' : 'txt'];

export const captionRulesOf = ({ lineLength, lines, longest }: RecognitionFlags): CaptionRules => ({
  lineLength,
  lines,
  longest,
  shortest: Math.min(1, longest),
});

/** @throws AUR_CLI_PATHS for options that do not go together */
export function checkTogether(paths: readonly string[], flags: TranscribeFlags): void {
  const refuse = (problem: string) => {
    throw cliError('AUR_CLI_PATHS', { problem });
  };
  const { outputDir, resume, watch, reference, normalise } = flags;
  if (outputDir === undefined) {
    if (formatsOf(flags).length > 1) refuse('more than one --format is given: expected an --output-dir for them');
    if (resume) refuse('--resume is given: expected an --output-dir, where it finds what is done');
    if (watch) refuse('--watch is given: expected an --output-dir');
  }
  if (watch && (paths.length !== 1 || paths[0] === '-' || reference !== undefined))
    refuse(`--watch is given: expected one folder and no --reference, seen ${paths.join(', ')}`);
  if (normalise !== undefined && reference === undefined) refuse('--normalise is given: expected a --reference');
}
