/** `auricle models path`: a model's name goes in, its folder comes out; without a name, the folder that all are added to. */
import { Command } from 'commander';
import { modelFolder, storeFolder } from '../../models/store.js';

export const pathCommand = new Command('path')
  .description('folder of a model, or of all that were added')
  .argument('[name]')
  .action(async (name?: string) => {
    console.log(name === undefined ? storeFolder() : await modelFolder(name));
  });
