/** `auricle batch`: recordings by the thousand go into a queue, any number of workers transcribe them. */
import { Command } from 'commander';
import { cancelCommand } from './cancel.js';
import { retryCommand } from './retry.js';
import { statusCommand } from './status.js';
import { submitCommand } from './submit.js';
import { workCommand } from './work.js';

export const batchCommand = new Command('batch')
  .description('transcribe archives on many machines, by a queue on Redis')
  .addCommand(submitCommand)
  .addCommand(workCommand)
  .addCommand(statusCommand)
  .addCommand(retryCommand)
  .addCommand(cancelCommand);
