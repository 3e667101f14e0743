/** `auricle lm`: texts go in, n-gram language models come out; models go in, what they are and how well they foretell a text comes out. */
import { Command } from 'commander';
import { attachCommand } from './attach.js';
import { buildCommand } from './build.js';
import { infoCommand } from './info.js';
import { interpolateCommand } from './interpolate.js';
import { perplexityCommand } from './perplexity.js';
import { priorsCommand } from './priors.js';
import { pruneCommand } from './prune.js';

export const lmCommand = new Command('lm')
  .description('n-gram language models: build, look at, prune, mix, attach to a bundle')
  .addCommand(buildCommand)
  .addCommand(infoCommand)
  .addCommand(perplexityCommand)
  .addCommand(pruneCommand)
  .addCommand(interpolateCommand)
  .addCommand(attachCommand)
  .addCommand(priorsCommand);
