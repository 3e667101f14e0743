/** `auricle data subset`: a manifest goes in, a manifest of some of its lines comes out. */
import { type SubsetOptions, subsetManifest } from '@auricle/datasets';
import { Command } from 'commander';
import { numberOption } from './number-option.js';

export const subsetCommand = new Command('subset')
  .description('draw lines of a manifest at random')
  .argument('<manifest>')
  .argument('<out>', 'manifest to write; paths in it are relative to it')
  .option('--utterances <count>', 'so many lines', numberOption)
  .option('--hours <hours>', 'so many hours, or up to one line more', numberOption)
  .option('--balance-speakers', 'speakers take turns', false)
  .option('--seed <number>', 'the same seed gives the same lines', numberOption, 1)
  .action(async (manifest: string, out: string, flags: SubsetOptions) => {
    const { utterances, seconds, speakers } = await subsetManifest(manifest, out, flags);
    console.log(`${out}: ${utterances} utterances, ${(seconds / 3600).toFixed(3)} h, ${speakers} speakers`);
  });
