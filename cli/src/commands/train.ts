/** `auricle train`: a recipe goes in, a run folder with checkpoints comes out; one progress bar shows where it stands. */
import { join } from 'node:path';
import { Command } from 'commander';
import { wholeNumber } from '../errors.js';
import { TrainingProgress } from '../training-progress.js';

export const trainCommand = new Command('train')
  .description('train a model by a recipe; a run that was cut goes on with --resume')
  .argument('<recipe>', 'YAML file, for example training/configs/digits-en.yaml')
  .option('--run <folder>', 'run folder (default: runs/<name of the recipe>)')
  .option('--resume', 'go on from the newest sound checkpoint of the run folder', false)
  .option('--set <path=value...>', 'override settings of the recipe, for example optimiser.learningRate=0.001', [])
  .option(
    '--loader-threads <count>',
    'threads that make batches (default: one less than the cores)',
    wholeNumber('--loader-threads', 1, 256),
  )
  .action(async (recipe: string, options: { run?: string; resume: boolean; set: string[]; loaderThreads?: number }) => {
    // Loaded here, so that no other command waits for TF.js.
    const { readTrainConfig, train } = await import('@auricle/training');
    const folderOf = (name: string) => options.run ?? join('runs', name);
    const config = await readTrainConfig(recipe, options.set, options.resume ? folderOf : undefined);
    const folder = folderOf(config.name);
    const stop = new AbortController();
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());
    const { resume, loaderThreads } = options;
    const progress = new TrainingProgress(folder);
    try {
      const onEvent = progress.show.bind(progress);
      await train(config, folder, { resume, loaderThreads, onEvent, signal: stop.signal });
    } finally {
      progress.end();
    }
    if (stop.signal.aborted) console.log(`stopped; go on with --resume --run ${folder}`);
  });
