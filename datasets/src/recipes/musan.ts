/** MUSAN (Snyder, Chen, Povey 2015, OpenSLR 17): music, speech and noise to mix under utterances go in, a manifest of each comes out. */
import { basename, dirname, join } from 'node:path';
import { readLines } from '../text-lines.js';
import { type CorpusArchive, type FetchOptions, fetchArchives } from './archives.js';
import { type CorpusEntry, type PreparedCorpus, writeCorpus } from './corpus-manifests.js';
import { corpusRoot, filesBelow } from './file-tree.js';

const KINDS = ['noise', 'music', 'speech'];

/** MD5 as OpenSLR's list is quoted by others; the archive (11 GB) was not fetched to confirm it. */
const ARCHIVE: CorpusArchive = {
  url: 'https://www.openslr.org/resources/17/musan.tar.gz',
  checksum: { algorithm: 'md5', digest: '0c472d4fc0c5141eca47ad1ffeb2a7df' },
  inner: 'musan',
  target: 'musan',
  expected: KINDS,
};

/** Fetches the corpus to `folder/musan`.
 *  @throws as `fetchArchives` */
export const downloadMusan = (folder: string, options?: FetchOptions): Promise<void> =>
  fetchArchives(folder, [ARCHIVE], options);

/** Writes `noise.jsonl`, `music.jsonl` and `speech.jsonl`, in which `label` says which of them it is, `source` where it was collected and,
 *  of music, `vocals` whether there is singing in it.
 *  @param folder `musan`, or the one above
 *  @throws AUR_RECIPE_NO_FILES, AUR_IMPORT_NOTHING */
export async function prepareMusan(folder: string, outDir: string): Promise<PreparedCorpus> {
  const root = await corpusRoot(folder, ARCHIVE.target, KINDS[0]);
  return writeCorpus(outDir, KINDS, noisesIn(root), { folder: root, expected: '.wav file in its folders' });
}

async function* noisesIn(root: string): AsyncGenerator<CorpusEntry> {
  const isSung = await vocals(join(root, 'music'));
  for (const label of KINDS)
    for (const file of await filesBelow(join(root, label), '.wav')) {
      const fields = { label, source: dirname(file), vocals: isSung.get(basename(file, '.wav')) };
      yield { split: label, path: join(root, label, file), fields };
    }
}

/** Lines of the files ANNOTATIONS like `music-fma-0000 folk,country Y someone`: recording, genres, whether there are vocals, artist. */
async function vocals(music: string): Promise<Map<string, boolean>> {
  const isSung = new Map<string, boolean>();
  for (const list of await filesBelow(music, 'ANNOTATIONS'))
    for await (const { content } of readLines(join(music, list))) {
      const [id, , mark] = content.trim().split(/\s+/);
      if (mark === 'Y' || mark === 'N') isSung.set(id, mark === 'Y');
    }
  return isSung;
}
