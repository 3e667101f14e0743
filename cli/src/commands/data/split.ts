/** `auricle data split`: a manifest goes in, manifests of its parts come out. */
import { type SplitOptions, splitManifest } from '@auricle/datasets';
import { Command, Option } from 'commander';
import { numberOption } from './number-option.js';

interface Flags {
  by: SplitOptions['by'];
  parts: string[];
  seed: number;
}

export const splitCommand = new Command('split')
  .description('divide a manifest at random')
  .argument('<manifest>')
  .argument('<folder>', 'for <name>.jsonl of every part')
  .addOption(new Option('--by <what>', 'what is never divided').choices(['speaker', 'utterance']).default('speaker'))
  .option('--parts <name=share...>', 'shares that add up to 1', ['train=0.9', 'dev=0.05', 'test=0.05'])
  .option('--seed <number>', 'the same seed gives the same parts', numberOption, 1)
  .action(async (manifest: string, folder: string, { by, parts, seed }: Flags) => {
    const fractions = Object.fromEntries(
      parts.map((part) => {
        const [name, share = ''] = part.split('=');
        return [name, numberOption(share)];
      }),
    );
    const written = await splitManifest(manifest, folder, { by, fractions, seed });
    for (const { path, utterances, seconds, speakers } of written)
      console.log(`${path}: ${utterances} utterances, ${(seconds / 3600).toFixed(3)} h, ${speakers} speakers`);
  });
