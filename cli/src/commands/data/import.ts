/** `auricle data import`: a corpus in one of four layouts goes in, a manifest comes out. */
import { importCsv, importFolder, importKaldi, importLibrispeech, writeImport } from '@auricle/datasets';
import { Command } from 'commander';
import { counter } from './counter.js';

interface CsvFlags {
  audio: string;
  text: string;
  speaker?: string;
  id?: string;
  lang?: string;
  delimiter?: string;
  audioFolder?: string;
}

const source = (name: string, description: string, what: string) =>
  new Command(name)
    .description(description)
    .argument('<source>', what)
    .argument('<manifest>', 'JSON lines to write; audio paths are relative to it');

export const importCommand = new Command('import')
  .description('make a manifest of a corpus; what cannot be imported is listed beside it in <name>.quarantine.jsonl')
  .addCommand(
    source(
      'kaldi',
      'a Kaldi data folder: wav.scp and text; segments, utt2spk and utt2dur if there',
      'the data folder',
    ).action((folder: string, manifest: string) => run(importKaldi(folder), folder, manifest)),
  )
  .addCommand(
    source('csv', 'a table with a header line: CSV, or TSV by its name', 'the table')
      .option('--audio <column>', 'column of the audio path', 'audio')
      .option('--text <column>', 'column of the text', 'text')
      .option('--speaker <column>', 'column of the speaker')
      .option('--id <column>', 'column of an id')
      .option('--lang <column>', 'column of the language')
      .option('--delimiter <character>', 'between fields (default: a tab for .tsv, else a comma)')
      .option('--audio-folder <folder>', "where relative paths start (default: the table's folder)")
      .action((table: string, manifest: string, flags: CsvFlags) => {
        const { delimiter, audioFolder, ...columns } = flags;
        return run(importCsv(table, { columns, delimiter, audioFolder }), table, manifest);
      }),
  )
  .addCommand(
    source(
      'folder',
      'audio files with their texts in .txt files of the same name',
      'the folder, read at any depth',
    ).action((folder: string, manifest: string) => run(importFolder(folder), folder, manifest)),
  )
  .addCommand(
    source(
      'librispeech',
      'speaker/chapter folders with *.trans.txt, as LibriSpeech',
      'the folder, read at any depth',
    ).action((folder: string, manifest: string) => run(importLibrispeech(folder), folder, manifest)),
  );

async function run(imported: Parameters<typeof writeImport>[0], source: string, manifest: string): Promise<void> {
  const line = counter('{entries} entries | {duration_formatted}');
  try {
    const report = await writeImport(imported, source, manifest, {
      onProgress: (entries) => line.show(entries, entries, { entries }),
    });
    line.stop();
    console.log(`${manifest}: ${report.utterances} utterances, ${(report.seconds / 3600).toFixed(3)} h`);
    for (const [code, { count, messages }] of Object.entries(report.reasons))
      console.log(`left out: ${count} by ${code}, for example\n  ${messages.join('\n  ')}`);
    if (report.quarantinePath) console.log(`${report.quarantinePath}: all ${report.refused} left out`);
  } finally {
    line.stop();
  }
}
