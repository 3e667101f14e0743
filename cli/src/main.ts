/** The command line goes in, one subcommand runs. */
import { Command } from 'commander';
import { alignCommand } from './commands/align.js';
import { batchCommand } from './commands/batch/index.js';
import { bridgeCommand } from './commands/bridge/index.js';
import { calibrateCommand } from './commands/calibrate.js';
import { compareCommand } from './commands/compare.js';
import { dataCommand } from './commands/data/index.js';
import { demoCommand } from './commands/demo.js';
import { evaluateCommand } from './commands/evaluate.js';
import { exportCommand } from './commands/export.js';
import { inspectCommand } from './commands/inspect.js';
import { keysCommand } from './commands/keys.js';
import { listenCommand } from './commands/listen.js';
import { lmCommand } from './commands/lm/index.js';
import { loadCommand } from './commands/load.js';
import { modelsCommand } from './commands/models.js';
import { pruneCommand } from './commands/prune.js';
import { quantiseCommand } from './commands/quantise.js';
import { scoreCommand } from './commands/score.js';
import { serveCommand } from './commands/serve.js';
import { trainCommand } from './commands/train.js';
import { transcribeCommand } from './commands/transcribe.js';
import { tuneCommand } from './commands/tune.js';

const program = new Command('auricle')
  .description('Streaming speech recognition: train, export, serve.')
  .showHelpAfterError()
  .addCommand(dataCommand)
  .addCommand(trainCommand)
  .addCommand(evaluateCommand)
  .addCommand(scoreCommand)
  .addCommand(compareCommand)
  .addCommand(exportCommand)
  .addCommand(modelsCommand)
  .addCommand(bridgeCommand)
  .addCommand(inspectCommand)
  .addCommand(pruneCommand)
  .addCommand(quantiseCommand)
  .addCommand(lmCommand)
  .addCommand(tuneCommand)
  .addCommand(calibrateCommand)
  .addCommand(alignCommand)
  .addCommand(transcribeCommand)
  .addCommand(batchCommand)
  .addCommand(listenCommand)
  .addCommand(serveCommand)
  .addCommand(loadCommand)
  .addCommand(keysCommand)
  .addCommand(demoCommand);

try {
  await program.parseAsync();
} catch (error) {
  const { code, message, stack } = error as Error & { code?: string };
  // A coded error is an answer; anything else is a defect, and its stack helps to mend it.
  process.stderr.write(code?.startsWith('AUR_') ? `auricle: ${code}: ${message}\n` : `${stack}\n`);
  process.exitCode = 1;
}
