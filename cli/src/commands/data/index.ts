/** `auricle data`: recordings, lists and texts go in, manifests and vocabularies come out. */
import { Command } from 'commander';
import { filterCommand } from './filter.js';
import { importCommand } from './import.js';
import { normaliseCommand } from './normalise.js';
import { pronounceCommand } from './pronounce.js';
import { recipeCommands } from './recipes.js';
import { splitCommand } from './split.js';
import { statsCommand } from './stats.js';
import { subsetCommand } from './subset.js';
import { validateCommand } from './validate.js';
import { vocabCommand } from './vocab.js';

export const dataCommand = new Command('data').description('prepare corpora');
dataCommand.commandsGroup('Manifests:');
for (const command of [
  importCommand,
  validateCommand,
  statsCommand,
  splitCommand,
  filterCommand,
  subsetCommand,
  normaliseCommand,
  vocabCommand,
  pronounceCommand,
])
  dataCommand.addCommand(command);
dataCommand.commandsGroup('Corpora:');
for (const command of recipeCommands) dataCommand.addCommand(command);
