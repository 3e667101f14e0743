/** `auricle bridge report`: a checkpoint goes in, all its smaller forms come out, measured side by side. */
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { type Precision, readBundle } from '@auricle/bundle';
import { Command } from 'commander';
import { measureErrors } from '../../bridge/measure-errors.js';
import { measureModels } from '../../bridge/measure-model.js';
import { NOTE_OF_DEPENDENCE, reportPage, type Variant, variantRows } from '../../bridge/report-page.js';
import { cliError, wholeNumber } from '../../errors.js';
import { tableLines } from '../../scoring/table.js';

interface Options {
  manifest: string[];
  chunkMs: number;
  recipe?: string;
  with: string[];
  rounds: number;
}

interface Candidate {
  name: string;
  dir: string;
  precision: Precision;
  dependent: boolean;
}

export const reportCommand = new Command('report')
  .description(
    'export a checkpoint, quantise it by every method, and measure size, speed, memory and word error rate of each\n\n' +
      'Writes report.html with the Pareto fronts, report.json, and the bundles beside them.',
  )
  .argument('<checkpoint>', 'or the folder of a bundle with a float model')
  .argument('<folder>')
  .requiredOption('--manifest <manifests...>', 'word error rates on these; not what the model learned from')
  .option('--calibrate <manifests...>', 'audio for ranges and losses (default: what the checkpoint learned from)')
  .option('--chunk-ms <ms>', 'of a checkpoint, as in export', wholeNumber('--chunk-ms', 40, 640), 320)
  .option('--recipe <file>', 'settings in place of those in a checkpoint of another version')
  .option('--with <name=bundle...>', 'other bundles to measure beside it, such as pruned ones', [])
  .option('--rounds <count>', 'of the measurement of speed; the best counts', wholeNumber('--rounds', 1, 100), 3)
  .action(async (source: string, folder: string, options: Options & { calibrate?: string[] }) => {
    await mkdir(folder, { recursive: true });
    const candidates = await makeBundles(source, folder, options);
    for (const given of options.with) candidates.push(...(await givenBundles(given)));
    const costs = await measureModels(candidates, options.rounds);
    const variants: Variant[] = [];
    for (const [i, { name, dir, precision, dependent }] of candidates.entries()) {
      const { modelPath, description } = await readBundle(dir, { precision });
      const errors = await measureErrors(dir, precision === 'float', options.manifest);
      const { size: bytes } = await stat(modelPath);
      variants.push({ name, bytes, cost: costs[i], errors, chunkMs: description.chunkShift * 10, dependent });
    }
    for (const line of tableLines(variantRows(variants))) console.log(line);
    if (variants.some(({ dependent }) => dependent)) console.log(NOTE_OF_DEPENDENCE);
    const facts = [
      `Word error rates on ${options.manifest.join(', ')}: ${variants[0].errors.words} words, greedy, streamed.`,
      `Speed: processor time of the model alone, one thread, best of ${options.rounds} rounds, on ${cpus()[0]?.model ?? 'an unknown processor'}, ${availableParallelism()} cores at a load of ${loadavg()[0].toFixed(1)}.`,
    ];
    await writeFile(join(folder, 'report.html'), reportPage(`${source}: smaller forms`, facts, variants));
    const figures = { source, facts, variants: variants.map(plain) };
    await writeFile(join(folder, 'report.json'), `${JSON.stringify(figures, null, 2)}\n`);
    console.log(`${join(folder, 'report.html')}`);
  });

/** Without each utterance's alignment. */
const plain = ({ errors: { utterances: _, ...errors }, ...variant }: Variant) => ({ ...variant, errors });

async function makeBundles(
  source: string,
  folder: string,
  { chunkMs, recipe, calibrate }: Options & { calibrate?: string[] },
): Promise<Candidate[]> {
  // Loaded here, so that no other command waits for TF.js.
  const { encoderFrameMs, exportBundle, loadCheckpoint, quantiseBundle, METHODS, readTrainConfig } = await import(
    '@auricle/training'
  );
  const isFolder = (await stat(source).catch(() => undefined))?.isDirectory() ?? false;
  let dir = source;
  let calibration = calibrate;
  if (!isFolder) {
    dir = join(folder, 'float');
    const checkpoint = await loadCheckpoint(source, recipe ? await readTrainConfig(recipe, []) : undefined);
    await exportBundle(checkpoint, dir, { chunk: chunkMs / encoderFrameMs(checkpoint.spec.config), int8: false });
    calibration ??= checkpoint.config.data.train;
  }
  if (!calibration)
    throw cliError('AUR_CLI_PATHS', { problem: 'a bundle needs --calibrate: audio for ranges and losses' });
  const made: Candidate[] = [{ name: 'float', dir, precision: 'float', dependent: false }];
  for (const method of METHODS) {
    const out = join(folder, method);
    await quantiseBundle(dir, out, { method, calibration });
    made.push({
      name: method,
      dir: out,
      precision: method === 'fp16' ? 'float' : 'int8',
      dependent: method === 'dynamic',
    });
  }
  return made;
}

/** Each precision that the folder has. */
async function givenBundles(given: string): Promise<Candidate[]> {
  const [name, dir] = given.split(/=(.*)/s);
  if (!name || !dir) throw cliError('AUR_CLI_PATHS', { problem: `--with: "${given}" is not name=bundle` });
  const found: Candidate[] = [];
  for (const [precision, file] of [
    ['float', 'model.onnx'],
    ['int8', 'model.int8.onnx'],
  ] as const) {
    if (!(await stat(join(dir, file)).catch(() => undefined))) continue;
    const label = precision === 'float' ? name : `${name}, int8`;
    found.push({ name: label, dir, precision, dependent: false });
  }
  if (found.length === 0) throw cliError('AUR_CLI_PATHS', { problem: `--with: no model in ${dir}` });
  return found;
}
