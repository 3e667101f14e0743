/** The Yes/No corpus (OpenSLR 1): eight times "yes" or "no" in Hebrew a recording go in, Kaldi's two splits come out. */
import { basename, join } from 'node:path';
import { type CorpusArchive, type FetchOptions, fetchArchives } from './archives.js';
import { type CorpusEntry, type PreparedCorpus, writeCorpus } from './corpus-manifests.js';
import { filesBelow } from './file-tree.js';

/** SHA-256 as torchaudio has it; the archive was not fetched to confirm it. */
const ARCHIVE: CorpusArchive = {
  url: 'https://www.openslr.org/resources/1/waves_yesno.tar.gz',
  checksum: { algorithm: 'sha256', digest: 'c3f49e0cca421f96b75b41640749167b52118f232498667ca7a5f9416aef8e73' },
  inner: 'waves_yesno',
  target: 'waves_yesno',
  expected: [],
};

/** Fetches the 60 recordings (5 MB) to `folder/waves_yesno`.
 *  @throws as `fetchArchives` */
export const downloadYesno = (folder: string, options?: FetchOptions): Promise<void> =>
  fetchArchives(folder, [ARCHIVE], options);

/** Writes `train.jsonl` and `test.jsonl`: the first half of the recordings in the order of their names and the other one, as Kaldi's
 *  recipe has it. There is one speaker, so the splits share him; YES and NO stand for ken and lo, as in that recipe.
 *  @param folder that holds the recordings at any depth
 *  @throws AUR_RECIPE_NO_FILES, AUR_IMPORT_NOTHING */
export const prepareYesno = (folder: string, outDir: string): Promise<PreparedCorpus> =>
  writeCorpus(outDir, ['train', 'test'], answersIn(folder), {
    folder,
    expected: 'recording named like 0_1_0_1_1_1_0_0.wav',
  });

const FILE_NAME = /^[01](_[01]){7}\.wav$/;

async function* answersIn(folder: string): AsyncGenerator<CorpusEntry> {
  const files = (await filesBelow(folder, '.wav')).filter((file) => FILE_NAME.test(basename(file)));
  for (const [i, file] of files.entries()) {
    const answers = basename(file, '.wav').split('_');
    const text = answers.map((answer) => (answer === '1' ? 'YES' : 'NO')).join(' ');
    const split = i < Math.floor(files.length / 2) ? 'train' : 'test';
    yield { split, path: join(folder, file), fields: { text, speaker: 'yesno', lang: 'he' } };
  }
}
