/** CMU's AN4 (Acero 1993): names spelled, dates and commands go in, the manifests of its official splits come out. */
import { join } from 'node:path';
import { type CorpusArchive, type FetchOptions, fetchArchives } from './archives.js';
import { type PreparedCorpus, writeCorpus } from './corpus-manifests.js';
import { corpusRoot } from './file-tree.js';
import { type ListedRecording, listedRecordings } from './listed-recordings.js';

const SPLITS = {
  train: { list: 'etc/an4_train.transcription', audio: 'wav/an4_clstk' },
  test: { list: 'etc/an4_test.transcription', audio: 'wav/an4test_clstk' },
};

/** No checksum of CMU's own archive is known for certain, so there is none here. */
const ARCHIVE: CorpusArchive = {
  url: 'http://www.speech.cs.cmu.edu/databases/an4/an4_sphere.tar.gz',
  inner: 'an4',
  target: 'an4',
  expected: Object.values(SPLITS).flatMap(({ list, audio }) => [list, audio]),
};

/** Fetches the corpus (64 MB) to `folder/an4`.
 *  @throws as `fetchArchives` */
export const downloadAn4 = (folder: string, options?: FetchOptions): Promise<void> =>
  fetchArchives(folder, [ARCHIVE], options);

/** Writes `train.jsonl` (948 utterances) and `test.jsonl` (130), whose speakers are different ones.
 *  @param folder `an4`, or the one above
 *  @throws AUR_RECIPE_NO_FILES, AUR_IMPORT_NOTHING */
export async function prepareAn4(folder: string, outDir: string): Promise<PreparedCorpus> {
  const root = await corpusRoot(folder, ARCHIVE.target, SPLITS.train.list);
  return writeCorpus(outDir, Object.keys(SPLITS), transcribed(root), {
    folder: root,
    expected: 'line in its transcriptions',
  });
}

async function* transcribed(root: string) {
  for (const [split, { list, audio }] of Object.entries(SPLITS))
    yield* listedRecordings({
      listFolder: root,
      lists: [list],
      folder: join(root, audio),
      ending: '.sph',
      splitOf: () => split,
      shape: 'a line like "<s> YES </s> (an251-fash-b)"',
      parse: parseTranscriptionLine,
    });
}

/** `<s> YES </s> (an251-fash-b)`, or without the marks: text; utterance, speaker and microphone. */
export function parseTranscriptionLine(line: string): ListedRecording | undefined {
  const bracket = line.lastIndexOf('(');
  const [, id, speaker] = /^\(([^\s()/-]+-([^\s()/-]+)-[^\s()/-]+)\)$/.exec(line.slice(bracket)) ?? [];
  if (id === undefined) return undefined;
  const text = line
    .slice(0, bracket)
    .trim()
    .replace(/^<s>|<\/s>$/g, '')
    .trim();
  return { file: `${speaker}/${id}.sph`, fields: { text, speaker, lang: 'en' } };
}
