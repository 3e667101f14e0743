/** `auricle bridge`: what carries a model from training to serving, seen as a whole. */
import { Command } from 'commander';
import { reportCommand } from './report.js';

export const bridgeCommand = new Command('bridge')
  .description('smaller forms of a model side by side; see also export, quantise and prune')
  .addCommand(reportCommand);
