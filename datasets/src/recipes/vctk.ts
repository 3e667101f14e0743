/** CSTR VCTK 0.92 (Yamagishi, Veaux, MacDonald 2019, CC BY 4.0): 110 readers of English go in, manifests split by speaker come out. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CorpusArchive, type FetchOptions, fetchArchives } from './archives.js';
import { type CorpusEntry, type PreparedCorpus, writeCorpus } from './corpus-manifests.js';
import { corpusRoot, filesBelow } from './file-tree.js';

const AUDIO = 'wav48_silence_trimmed';

/** Bytes and SHA-256 as TensorFlow Datasets and torchaudio have them; the archive was not fetched to confirm them. */
const ARCHIVE: CorpusArchive = {
  url: 'https://datashare.is.ed.ac.uk/bitstream/handle/10283/3443/VCTK-Corpus-0.92.zip',
  bytes: 11747302977,
  checksum: { algorithm: 'sha256', digest: 'f96258be9fdc2cbff6559541aae7ea4f59df3fcaf5cf963aae5ca647357e359c' },
  inner: '',
  target: 'VCTK-Corpus-0.92',
  expected: [AUDIO, 'txt'],
};

/** Fetches the corpus to `folder/VCTK-Corpus-0.92`.
 *  @throws as `fetchArchives` */
export const downloadVctk = (folder: string, options?: FetchOptions): Promise<void> =>
  fetchArchives(folder, [ARCHIVE], options);

/** Writes `train.jsonl`, `dev.jsonl` and `test.jsonl`. There are no official splits: of the speakers in the order of their names, the
 *  10th of every twenty is in dev and the 20th in test (all read the same passage, so texts are not disjoint).
 *  Of the two microphones it is the first, which recorded every speaker.
 *  @param folder of `txt` and `wav48_silence_trimmed`, or the one above
 *  @throws AUR_RECIPE_NO_FILES, AUR_IMPORT_NOTHING */
export async function prepareVctk(folder: string, outDir: string): Promise<PreparedCorpus> {
  const root = await corpusRoot(folder, ARCHIVE.target, AUDIO);
  return writeCorpus(outDir, ['train', 'dev', 'test'], readingsIn(root), {
    folder: root,
    expected: 'text named like txt/p225/p225_001.txt',
  });
}

const MICROPHONE = '_mic1.flac';

async function* readingsIn(root: string): AsyncGenerator<CorpusEntry> {
  const texts = new Set((await filesBelow(join(root, 'txt'), '.txt')).map((file) => file.slice(0, -'.txt'.length)));
  const recordings = (await filesBelow(join(root, AUDIO), MICROPHONE)).map((file) => file.slice(0, -MICROPHONE.length));
  // One speaker's texts were lost and some recordings are missing: both shall be seen.
  const ids = [...new Set([...texts, ...recordings])].sort();
  const speakers = [...new Set(ids.map(speakerOf))];
  const splits = new Map(
    speakers.map((speaker, i) => [speaker, i % 20 === 9 ? 'dev' : i % 20 === 19 ? 'test' : 'train']),
  );
  for (const id of ids) {
    const speaker = speakerOf(id);
    const text = texts.has(id) ? (await readFile(join(root, 'txt', `${id}.txt`), 'utf8')).trim() : undefined;
    const path = join(root, AUDIO, `${id}${MICROPHONE}`);
    yield { split: splits.get(speaker)!, path, fields: { text, speaker, lang: 'en' } };
  }
}

const speakerOf = (id: string) => id.split('/')[0];
