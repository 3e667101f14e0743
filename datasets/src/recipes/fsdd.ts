/** The Free Spoken Digit Dataset (Zohar Jackson and contributors, CC BY-SA 4.0) goes in, its manifests come out: the official test split, and a dev split held out of train. */
import { basename, join } from 'node:path';
import { type CorpusArchive, type FetchOptions, fetchArchives } from './archives.js';
import { type CorpusEntry, type PreparedCorpus, writeCorpus } from './corpus-manifests.js';
import { filesBelow } from './file-tree.js';

/** 3,000 recordings of 6 speakers, about 16 MB. The archive is made anew for who asks for it: its checksum need not stay the same. */
const ARCHIVE: CorpusArchive = {
  url: 'https://github.com/Jakobovski/free-spoken-digit-dataset/archive/refs/tags/v1.0.10.tar.gz',
  inner: '*/recordings',
  target: 'recordings',
  expected: [],
};

/** Fetches the recordings to `folder/recordings`.
 *  @throws as `fetchArchives` */
export const downloadFsdd = (folder: string, options?: FetchOptions): Promise<void> =>
  fetchArchives(folder, [ARCHIVE], options);

const DIGITS = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];

/** `7_jackson_32.wav`: digit, speaker, index. */
const FILE_NAME = /^(\d)_([a-z]+)_(\d+)\.(?:wav|flac)$/;

/** Indices 0 to 4 are the official test split; 45 to 49 are held out of the rest to choose checkpoints by. */
const splitOf = (index: number) => (index < 5 ? 'test' : index >= 45 && index < 50 ? 'dev' : 'train');

/** Writes `train.jsonl`, `dev.jsonl` and `test.jsonl` into `outDir`, with paths relative to it, sorted by path.
 *  @param folder holds files named like `7_jackson_32.wav` or `.flac` at any depth; others are left out
 *  @throws AUR_RECIPE_NO_FILES, AUR_IMPORT_NOTHING */
export const prepareFsdd = (folder: string, outDir: string): Promise<PreparedCorpus> =>
  writeCorpus(outDir, ['train', 'dev', 'test'], digitsIn(folder), {
    folder,
    expected: 'recording named like 7_jackson_32.wav',
  });

async function* digitsIn(folder: string): AsyncGenerator<CorpusEntry> {
  for (const file of await filesBelow(folder, '')) {
    const [, digit, speaker, index] = FILE_NAME.exec(basename(file)) ?? [];
    if (digit === undefined) continue;
    const fields = { text: DIGITS[Number(digit)], speaker, lang: 'en' };
    yield { split: splitOf(Number(index)), path: join(folder, file), fields };
  }
}
