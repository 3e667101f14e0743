/** `auricle data filter`: a manifest goes in, a manifest of the lines that meet the conditions comes out. */
import { filterManifest } from '@auricle/datasets';
import { Command } from 'commander';
import { numberOption } from './number-option.js';

interface Flags {
  minSeconds?: number;
  maxSeconds?: number;
  speakers?: string[];
  text?: string;
}

export const filterCommand = new Command('filter')
  .description('keep the lines of a manifest that meet every condition given')
  .argument('<manifest>')
  .argument('<out>', 'manifest to write; paths in it are relative to it')
  .option('--min-seconds <seconds>', 'no shorter', numberOption)
  .option('--max-seconds <seconds>', 'no longer', numberOption)
  .option('--speakers <names...>', 'by one of these')
  .option('--text <expression>', "the text matches this regular expression (JavaScript's, Unicode)")
  .action(async (manifest: string, out: string, { minSeconds, maxSeconds, speakers, text }: Flags) => {
    const { kept, dropped, seconds } = await filterManifest(manifest, out, {
      minimumSeconds: minSeconds,
      maximumSeconds: maxSeconds,
      speakers,
      text,
    });
    console.log(`${out}: ${kept} utterances, ${(seconds / 3600).toFixed(3)} h; ${dropped} left out`);
  });
