/** `auricle models`: what models there are, adding others and removing them. */
import { Command } from 'commander';
import { addCommand } from './models/add.js';
import { listCommand } from './models/list.js';
import { pathCommand } from './models/path.js';
import { removeCommand } from './models/remove.js';

export const modelsCommand = new Command('models')
  .description('models by name: list, add, remove')
  .addCommand(listCommand, { isDefault: true })
  .addCommand(addCommand)
  .addCommand(pathCommand)
  .addCommand(removeCommand);
