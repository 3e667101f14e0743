/** `auricle train`: a recipe goes in, a run folder with checkpoints comes out; one progress bar shows where it stands. */
import { join } from 'node:path';
import type { TrainEvent } from '@auricle/training';
import { SingleBar } from 'cli-progress';
import { Command } from 'commander';
import { wholeNumber } from '../errors.js';

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
    await train(config, folder, { resume, loaderThreads, onEvent: progressReporter(folder), signal: stop.signal });
    if (stop.signal.aborted) console.log(`stopped; go on with --resume --run ${folder}`);
  });

/** A bar on a terminal, a line an epoch elsewhere. */
function progressReporter(folder: string): (event: TrainEvent) => void {
  const terminal = process.stderr.isTTY;
  const bar = new SingleBar({
    format:
      '{bar} {percentage}% | step {value}/{total} | loss {loss} | dev WER {wer} | {speed}x real time | {eta_formatted} left',
    stream: process.stderr,
  });
  let [loss, speed, wer] = [Number.NaN, Number.NaN, '-'];
  return (event) => {
    switch (event.kind) {
      case 'start':
        console.log(
          `${(event.parameters / 1e6).toFixed(2)}M parameters, ${(event.trainSeconds / 3600).toFixed(2)} h of audio, ${event.steps} steps, ${event.shapes.length} batch shapes`,
        );
        for (const [code, count] of Object.entries(event.leftOut))
          console.log(`left out: ${count} utterances, ${code}`);
        if (terminal) bar.start(event.steps, event.step, { loss: '-', wer, speed: '-' });
        break;
      case 'step':
        // The share of the newest step keeps the figures readable.
        loss = Number.isNaN(loss) ? event.loss : 0.95 * loss + 0.05 * event.loss;
        speed = Number.isNaN(speed) ? event.speed : 0.95 * speed + 0.05 * event.speed;
        if (terminal) bar.update(event.step, { loss: loss.toFixed(3), wer, speed: speed.toFixed(0) });
        break;
      case 'epoch':
        wer = `${(100 * event.wordErrorRate).toFixed(2)} %`;
        if (!terminal)
          console.log(
            `epoch ${event.epoch}, step ${event.step}: loss ${loss.toFixed(3)}, dev WER ${wer}, ${event.exact} of ${event.utterances} exact, ${speed.toFixed(0)}x real time${event.best ? ', best' : ''}`,
          );
        break;
      case 'done':
        if (terminal) bar.stop();
        console.log(
          `best dev WER ${(100 * event.bestErrorRate).toFixed(2)} %: ${join(folder, 'checkpoints', 'best.safetensors')}`,
        );
    }
  };
}
