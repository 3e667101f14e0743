/** `auricle prune`: a checkpoint goes in, a smaller network's checkpoint comes out, or one with zeros for its smallest weights. */
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { cliError, wholeNumber } from '../errors.js';
import { percent } from '../scoring/table.js';

interface Options {
  method: 'structured' | 'magnitude';
  multiplyAdds: number;
  sparsity: number;
  rounds: number;
  epochs: number;
  learningRate?: number;
  distil: boolean;
  recipe?: string;
  set: string[];
  loaderThreads?: number;
}

const share =
  (option: string) =>
  (value: string): number => {
    const number = Number(value);
    if (!(number > 0 && number < 1)) throw cliError('AUR_CLI_SHARE', { option, value });
    return number;
  };

const positive = (value: string): number => {
  const number = Number(value);
  if (!(number > 0)) throw cliError('AUR_CLI_POSITIVE', { option: '--learning-rate', value });
  return number;
};

/** Fine-tuning begins where training had cooled down to. */
const RATE_OF_TRAINING = 1 / 3;

export const pruneCommand = new Command('prune')
  .description(
    'make a network smaller by what its parts are worth\n\n' +
      'structured: heads, channels and blocks that the loss misses least are cut in rounds, with fine-tuning after each; the graph is really smaller\n' +
      'magnitude: the smallest weights become zero, without fine-tuning; size and speed of the graph stay, for a dense product does not skip zeros',
  )
  .argument('<checkpoint>', 'for example runs/digits-en/checkpoints/best.safetensors')
  .argument('<folder>', 'gets a run a round, or pruned.safetensors')
  .addOption(new Option('--method <name>').choices(['structured', 'magnitude']).default('structured'))
  .option('--multiply-adds <share>', 'of the multiply-adds that are left (structured)', share('--multiply-adds'), 0.5)
  .option('--rounds <count>', 'cuts (structured)', wholeNumber('--rounds', 1, 100), 3)
  .option('--epochs <count>', 'of fine-tuning after each cut', wholeNumber('--epochs', 1, 10_000), 4)
  .option('--learning-rate <rate>', "of fine-tuning at its peak (default: a third of the recipe's)", positive)
  .option('--no-distil', 'fine-tune on the texts alone, without the whole network as teacher of the cut one')
  .option('--sparsity <share>', 'of each matrix that becomes zero (magnitude)', share('--sparsity'), 0.5)
  .option('--recipe <file>', 'settings in place of those in the checkpoint, such as another teacher by `distil`')
  .option('--set <path=value...>', 'override settings of that recipe', [])
  .option('--loader-threads <count>', 'threads that make batches', wholeNumber('--loader-threads', 1, 256))
  .action(async (path: string, folder: string, options: Options) => {
    // Loaded here, so that no other command waits for TF.js.
    const training = await import('@auricle/training');
    const settings =
      options.recipe === undefined ? undefined : await training.readTrainConfig(options.recipe, options.set);
    const checkpoint = await training.loadCheckpoint(path, settings);
    if (options.method === 'magnitude') {
      const { average } = checkpoint.state;
      const state = training.initialState(training.zeroSmallest(checkpoint.spec, average, options.sparsity));
      const file = join(folder, 'pruned.safetensors');
      await training.savePruned(file, { ...checkpoint, state });
      console.log(
        `${file}: ${percent(state.average.filter((v) => v === 0).length / average.length)} of the weights are zero`,
      );
      return;
    }
    const stop = new AbortController();
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());
    const before = training.sizesOf(checkpoint);
    const rate = (value: number | null) => (value === null ? 'not measured' : percent(value));
    console.log(`before: ${sizeText(before)}, dev WER ${rate(checkpoint.progress.bestErrorRate)} when it was trained`);
    const pruned = await training.pruneInRounds(checkpoint, folder, {
      share: options.multiplyAdds,
      rounds: options.rounds,
      epochs: options.epochs,
      learningRate: options.learningRate ?? checkpoint.config.optimiser.learningRate * RATE_OF_TRAINING,
      distil: options.distil,
      loaderThreads: options.loaderThreads,
      signal: stop.signal,
      onCut: (round, sizes) =>
        console.log(
          `round ${round}: ${sizeText(sizes)}, ${percent(sizes.multiplyAdds / before.multiplyAdds)} of the multiply-adds`,
        ),
      onEvent: (event) => {
        if (event.kind === 'epoch') console.log(`  epoch ${event.epoch}: dev WER ${percent(event.wordErrorRate)}`);
      },
    });
    console.log(pruned ? `export it: npx auricle export ${pruned} <bundle>` : 'stopped');
  });

const sizeText = ({ parameters, multiplyAdds, blocks }: { parameters: number; multiplyAdds: number; blocks: number }) =>
  `${(parameters / 1e6).toFixed(2)} million parameters in ${blocks} blocks, ${(multiplyAdds / 1e6).toFixed(3)} million multiply-adds an encoder frame`;
