/** Speech Commands 0.02 (Warden 2018, CC BY 4.0): one-second single words go in, the manifests of its official splits come out. */
import { join } from 'node:path';
import { readLines } from '../text-lines.js';
import { type CorpusArchive, type FetchOptions, fetchArchives } from './archives.js';
import { type CorpusEntry, type PreparedCorpus, writeCorpus } from './corpus-manifests.js';
import { corpusRoot, filesBelow } from './file-tree.js';

const LISTS = { dev: 'validation_list.txt', test: 'testing_list.txt' };

/** Bytes and SHA-256 as TensorFlow Datasets has them; the archive was not fetched to confirm them. */
const ARCHIVE: CorpusArchive = {
  url: 'https://storage.googleapis.com/download.tensorflow.org/data/speech_commands_v0.02.tar.gz',
  bytes: 2428923189,
  checksum: { algorithm: 'sha256', digest: 'af14739ee7dc311471de98f5f9d2c9191b18aedfe957f4a6ff791c709868ff58' },
  inner: '',
  target: 'speech_commands_v0.02',
  expected: Object.values(LISTS),
};

/** Fetches the corpus to `folder/speech_commands_v0.02`.
 *  @throws as `fetchArchives` */
export const downloadSpeechCommands = (folder: string, options?: FetchOptions): Promise<void> =>
  fetchArchives(folder, [ARCHIVE], options);

/** Writes `train.jsonl`, `dev.jsonl` (the validation list) and `test.jsonl` (the testing list), in which no speaker is in two of them.
 *  The long recordings of noise in `_background_noise_` are left out.
 *  @param folder of the lists and the words' folders, or the one above
 *  @throws AUR_RECIPE_NO_FILES, AUR_IMPORT_NOTHING */
export async function prepareSpeechCommands(folder: string, outDir: string): Promise<PreparedCorpus> {
  const root = await corpusRoot(folder, ARCHIVE.target, LISTS.dev);
  return writeCorpus(outDir, ['train', 'dev', 'test'], wordsIn(root), {
    folder: root,
    expected: 'recording named like bed/004ae714_nohash_0.wav',
  });
}

/** `bed/004ae714_nohash_0.wav`: word, speaker, how often the speaker had said it before. */
const FILE_NAME = /^([^/]+)\/([^/_]+)_nohash_\d+\.wav$/;

async function* wordsIn(root: string): AsyncGenerator<CorpusEntry> {
  const heldOut = new Map<string, string>();
  for (const [split, list] of Object.entries(LISTS))
    for await (const { content } of readLines(join(root, list))) heldOut.set(content.trim(), split);
  // What a list names and is not there shall be missed.
  const files = new Set([...(await filesBelow(root, '.wav')), ...heldOut.keys()]);
  for (const file of files) {
    const [, text, speaker] = FILE_NAME.exec(file) ?? [];
    if (text === undefined && !heldOut.has(file)) continue;
    yield { split: heldOut.get(file) ?? 'train', path: join(root, file), fields: { text, speaker, lang: 'en' } };
  }
}
