/** `auricle quantise`: a bundle with a float model goes in, one with a smaller model comes out, with what that costs. */
import { compareScores } from '@auricle/decoding';
import { Command, Option } from 'commander';
import { costLine } from '../bridge/cost-line.js';
import { errorsText, measureErrors, relativeChange } from '../bridge/measure-errors.js';
import { cliError } from '../errors.js';
import { bootstrapOf } from '../scoring/options.js';
import { percent } from '../scoring/table.js';

const METHODS = {
  static: 'int8, activations by calibrated ranges',
  dynamic: 'int8, activations by the range of each batch: a stream then hears its neighbours',
  fp16: 'constants as 16-bit floats, computed in 32 bits',
  weights8: 'weights as 8-bit integers in blocks, activations by row',
  weights4: 'weights as 4-bit integers in blocks, activations by row',
} as const;
type Method = keyof typeof METHODS;

/** Layers that are named when many cost something. */
const SHOWN = 10;

function divergence(value: string): number {
  const number = Number(value);
  if (!(number > 0)) throw cliError('AUR_CLI_POSITIVE', { option: '--most-divergence', value });
  return number;
}

interface Options {
  method: Method;
  calibrate: string[];
  manifest?: string[];
  out?: string;
  reducedRange: boolean;
  mostDivergence?: number;
}

export const quantiseCommand = new Command('quantise')
  .description(
    'make a smaller model of a float one, and measure what it costs\n\n' +
      Object.entries(METHODS)
        .map(([name, text]) => `${name}: ${text}`)
        .join('\n'),
  )
  .argument('<bundle>')
  .addOption(
    new Option('--method <name>', 'how, as above').choices(Object.keys(METHODS)).default('static' satisfies Method),
  )
  .requiredOption(
    '--calibrate <manifests...>',
    'audio that ranges and losses are measured on: training data, never a test split',
  )
  .option('--manifest <manifests...>', 'word error rates before and after on these')
  .option('--out <folder>', 'bundle to write (default: the name of the bundle and of the method)')
  .option('--reduced-range', 'weights of 7 bits, for processors with AVX2 but without VNNI (static, dynamic)', false)
  .option(
    '--most-divergence <nats>',
    'layers go back into float until the output diverges by less a frame (default: 0.01)',
    divergence,
  )
  .action(async (bundle: string, { manifest, out, calibrate, ...options }: Options) => {
    const { quantiseBundle } = await import('@auricle/training/bridge/quantise-bundle');
    const folder = out ?? `${bundle.replace(/[/\\]+$/, '')}-${options.method}`;
    const report = await quantiseBundle(bundle, folder, { ...options, calibration: calibrate });
    for (const { name, divergence } of report.layers.slice(0, SHOWN))
      console.log(`alone: ${divergence.toExponential(1)} nats a frame  ${name}`);
    console.log(costLine(report));
    console.log(
      `${folder}/${report.file}: ${(report.after / 1e6).toFixed(2)} MB, ${(report.after / report.before).toFixed(3)} of ${(report.before / 1e6).toFixed(2)} MB`,
    );
    if (!manifest) return;
    const before = await measureErrors(bundle, true, manifest);
    const after = await measureErrors(folder, false, manifest);
    const change = relativeChange(before, after);
    console.log(`WER before: ${errorsText(before)}`);
    console.log(`WER after:  ${errorsText(after)}`);
    if (change !== undefined) console.log(`relative change: ${change > 0 ? '+' : ''}${percent(change)}`);
    const { test } = compareScores(
      before.utterances,
      after.utterances,
      bootstrapOf({ alignment: 'levenshtein', resamples: 10_000, seed: 1 }),
    );
    if (test.p < 0.05) console.log(`the difference is significant at the 5 % level (p = ${test.p.toFixed(3)})`);
  });
