/** `auricle lm info`: a model goes in, what it holds comes out. */
import { loadModel } from '@auricle/decoding';
import { Command } from 'commander';
import { showModel } from './show.js';

export const infoCommand = new Command('info')
  .description('how many n-grams a model has, and how large it is')
  .argument('<model>', 'a model of `auricle lm build`, or an ARPA file, gzipped or not')
  .action(async (path: string) => showModel(path, await loadModel(path)));
