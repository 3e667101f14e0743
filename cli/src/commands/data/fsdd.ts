/** `auricle data fsdd`: recordings of spoken digits go in, manifests come out. */
import { downloadFsdd, prepareFsdd } from '@auricle/datasets';
import { Command } from 'commander';

export const fsddCommand = new Command('fsdd')
  .description(
    'manifests of the Free Spoken Digit Dataset: train, dev (indices 45-49) and the official test split (0-4)',
  )
  .argument('<recordings>', 'folder that holds the recordings (7_jackson_32.wav or .flac) at any depth')
  .argument('<out>', 'folder for train.jsonl, dev.jsonl and test.jsonl')
  .option('--download', 'fetch the official archive into <recordings> first, unless it is there', false)
  .action(async (recordings: string, out: string, { download }: { download: boolean }) => {
    if (download) await downloadFsdd(recordings);
    const counts = await prepareFsdd(recordings, out);
    for (const [split, count] of Object.entries(counts)) console.log(`${out}/${split}.jsonl: ${count} utterances`);
  });
