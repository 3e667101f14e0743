/** `auricle calibrate`: a model bundle and development data go in; how late it emits words and what makes its confidences probabilities come out, and
 *  are kept in the bundle where that is wanted. */
import { writeBundle } from '@auricle/bundle';
import { type ConfidenceMaps, FITS } from '@auricle/decoding';
import { createEngine } from '@auricle/serving';
import { Command, Option } from 'commander';
import { type DecodingFlags, decodingOf, withDecodingOptions } from '../decoding-options.js';
import { DEFAULT_BUNDLE } from '../default-bundle.js';
import { fitConfidence, fitWordTimes } from '../words/fit.js';
import { measure } from '../words/measure.js';

interface Options extends DecodingFlags {
  model: string;
  float: boolean;
  map: keyof typeof FITS;
  write: boolean;
}

export const calibrateCommand = withDecodingOptions(new Command('calibrate'))
  .description(
    'measure how far words are from where the model emits them, and fit what makes confidences probabilities\n\n' +
      'On development data: recordings that the model did not learn from and that no result is reported on.',
  )
  .argument('<manifests...>')
  .option('--model <bundle>', 'folder of a model bundle', DEFAULT_BUNDLE)
  .option('--float', 'use the float model where there is an int8 one too', false)
  .addOption(
    new Option(
      '--map <kind>',
      'logistic: two numbers, for some hundred words; isotonic: any rising curve, for thousands',
    )
      .choices(Object.keys(FITS))
      .default('logistic'),
  )
  .option('--write', "keep both in the bundle's bundle.json", false)
  .action(async (manifests: string[], options: Options) => {
    const { model, float, map, write } = options;
    const engine = await createEngine({ bundle: model, precision: float ? 'float' : undefined });
    try {
      const measured = await measure(engine, manifests, await decodingOf(options));
      for (const { id, code, message } of measured.leftOut.slice(0, 20))
        console.log(`left out: ${id}: ${code}: ${message}`);
      const times = fitWordTimes(measured.edges);
      for (const line of times.lines) console.log(line);
      const confidence: ConfidenceMaps = {};
      for (const kind of ['greedy', 'beam'] as const) {
        const fitted = fitConfidence(measured.words[kind], FITS[map]);
        console.log(`${kind}: ${fitted.line}`);
        confidence[kind] = fitted.map;
      }
      if (!write) return;
      const { dir, tokens, description } = engine.bundle;
      const hasMaps = confidence.greedy !== undefined || confidence.beam !== undefined;
      const fields = { wordTimes: times.wordTimes, confidence: hasMaps ? confidence : undefined };
      await writeBundle(dir, { ...description, ...fields }, tokens);
      console.log(`written to ${dir}/bundle.json`);
    } finally {
      await engine.close();
    }
  });
