/** `auricle data`: recordings go in, manifests come out. */
import { prepareFsdd } from '@auricle/datasets';
import { Command } from 'commander';

const fsdd = new Command('fsdd')
  .description(
    'manifests of the Free Spoken Digit Dataset: train, dev (indices 45-49) and the official test split (0-4)',
  )
  .argument('<recordings>', 'folder that holds the recordings (7_jackson_32.wav or .flac) at any depth')
  .argument('<out>', 'folder for train.jsonl, dev.jsonl and test.jsonl')
  .action(async (recordings: string, out: string) => {
    const counts = await prepareFsdd(recordings, out);
    for (const [split, count] of Object.entries(counts)) console.log(`${out}/${split}.jsonl: ${count} utterances`);
  });

export const dataCommand = new Command('data').description('prepare corpora').addCommand(fsdd);
