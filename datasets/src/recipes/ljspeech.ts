/** LJ Speech 1.1 (Ito and Johnson 2017, public domain): one reader's audiobooks go in, manifests split by chapter come out. */
import { join } from 'node:path';
import { type CorpusArchive, type FetchOptions, fetchArchives } from './archives.js';
import { type PreparedCorpus, writeCorpus } from './corpus-manifests.js';
import { corpusRoot } from './file-tree.js';
import { type ListedRecording, listedRecordings } from './listed-recordings.js';

/** Bytes and SHA-256 as TensorFlow Datasets and torchaudio have them; the archive was not fetched to confirm them. */
const ARCHIVE: CorpusArchive = {
  url: 'https://data.keithito.com/data/speech/LJSpeech-1.1.tar.bz2',
  bytes: 2748572632,
  checksum: { algorithm: 'sha256', digest: 'be1a30453f28eb8dd26af4101ae40cbf2c50413b1bb21936cbcdc6fae3de8aa5' },
  inner: 'LJSpeech-1.1',
  target: 'LJSpeech-1.1',
  expected: ['metadata.csv', 'wavs'],
};

/** Fetches the corpus to `folder/LJSpeech-1.1`; the program bzip2 unpacks it.
 *  @throws as `fetchArchives` */
export const downloadLjspeech = (folder: string, options?: FetchOptions): Promise<void> =>
  fetchArchives(folder, [ARCHIVE], options);

/** There are no official splits and one speaker: the last two of the 50 chapters are held out, so that no text is in two splits. */
const splitOf = (id: string) => (id.startsWith('LJ049-') ? 'dev' : id.startsWith('LJ050-') ? 'test' : 'train');

/** Writes `train.jsonl`, `dev.jsonl` (chapter 49) and `test.jsonl` (chapter 50). The text is the authors' second transcription, in
 *  which numbers and abbreviations are spelled out as they are read; `written` is the first where it differs.
 *  @param folder of `metadata.csv` and `wavs`, or the one above
 *  @throws AUR_RECIPE_NO_FILES, AUR_IMPORT_NOTHING */
export async function prepareLjspeech(folder: string, outDir: string): Promise<PreparedCorpus> {
  const root = await corpusRoot(folder, ARCHIVE.target, 'metadata.csv');
  return writeCorpus(outDir, ['train', 'dev', 'test'], clipsIn(root), {
    folder: root,
    expected: 'line in metadata.csv',
  });
}

const clipsIn = (root: string) =>
  listedRecordings({
    listFolder: root,
    lists: ['metadata.csv'],
    folder: join(root, 'wavs'),
    ending: '.wav',
    splitOf,
    shape: 'an id and two texts with | between them',
    parse: parseMetadataLine,
  });

/** `LJ001-0001|Dr. No|Doctor No`: id, as it is written, as it is read. Nothing is quoted: a quotation mark belongs to the text. */
export function parseMetadataLine(line: string): ListedRecording | undefined {
  const [id, written, spoken, ...more] = line.split('|');
  if (!/^[^\s/]+$/.test(id) || spoken === undefined || more.length > 0) return undefined;
  const text = spoken || written;
  return { file: `${id}.wav`, fields: { text, ...(written !== text && { written }), speaker: 'lj', lang: 'en' } };
}
