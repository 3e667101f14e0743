/** `auricle models remove`: the name of an added model goes in, and it is gone. */
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { cliError } from '../../errors.js';
import { checkName, storeFolder } from '../../models/store.js';

export const removeCommand = new Command('remove')
  .description('remove a model that was added')
  .argument('<name>')
  .action(async (name: string) => {
    const path = join(storeFolder(), checkName(name));
    if (!(await stat(path).catch(() => undefined)))
      throw cliError('AUR_MODELS_UNKNOWN', { name, places: storeFolder() });
    await rm(path, { recursive: true });
    console.log(`${path}: removed`);
  });
