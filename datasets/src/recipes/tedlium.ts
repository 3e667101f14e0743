/** TED-LIUM 3 (Hernandez et al. 2018, OpenSLR 51, CC BY-NC-ND 3.0): whole talks and their segments go in, manifests of segments come out. */
import { join } from 'node:path';
import { datasetError } from '../errors.js';
import { type CorpusArchive, type FetchOptions, fetchArchives } from './archives.js';
import { type PreparedCorpus, writeCorpus } from './corpus-manifests.js';
import { corpusRoot, filesBelow, isThere } from './file-tree.js';
import { type ListedRecording, listedRecordings } from './listed-recordings.js';

/** The distribution with the splits of TED-LIUM 1 and 2, each with its folders `sph` and `stm`. */
const SPLITS = { train: 'legacy/train', dev: 'legacy/dev', test: 'legacy/test' };

/** Where all talks for training lie; `legacy/train` may be links to them, which are not unpacked. */
const TRAIN = 'data';

async function splitFolders(root: string): Promise<Record<string, string>> {
  for (const train of [SPLITS.train, TRAIN]) if (await isThere(join(root, train, 'stm'))) return { ...SPLITS, train };
  throw datasetError('AUR_RECIPE_NO_FILES', { folder: root, expected: `"${TRAIN}/stm"` });
}

/** Bytes and SHA-256 as TensorFlow Datasets and torchaudio have them; the archive was not fetched to confirm them. */
const ARCHIVE: CorpusArchive = {
  url: 'https://www.openslr.org/resources/51/TEDLIUM_release-3.tgz',
  bytes: 54320173876,
  checksum: { algorithm: 'sha256', digest: 'ad1e454d14d1ad550bc2564c462d87c7a7ec83d4dc2b9210f22ab4973b9eccdb' },
  inner: 'TEDLIUM_release-3',
  target: 'TEDLIUM_release-3',
  expected: [SPLITS.dev, SPLITS.test],
};

/** Fetches the corpus to `folder/TEDLIUM_release-3`.
 *  @throws as `fetchArchives` */
export const downloadTedlium = (folder: string, options?: FetchOptions): Promise<void> =>
  fetchArchives(folder, [ARCHIVE], options);

/** Writes `train.jsonl`, `dev.jsonl` and `test.jsonl` with an offset into its talk for every segment. Texts keep the authors' marks
 *  (`<unk>`, `{NOISE}`, an apostrophe after a space); segments that are marked as not to be scored are left out.
 *  @param folder `TEDLIUM_release-3`, or the one above
 *  @throws AUR_RECIPE_NO_FILES, AUR_IMPORT_NOTHING */
export async function prepareTedlium(folder: string, outDir: string): Promise<PreparedCorpus> {
  const root = await corpusRoot(folder, ARCHIVE.target, 'legacy');
  return writeCorpus(outDir, Object.keys(SPLITS), segmentsIn(root), {
    folder: root,
    expected: 'segment in its .stm files',
  });
}

async function* segmentsIn(root: string) {
  for (const [split, folder] of Object.entries(await splitFolders(root)))
    yield* listedRecordings({
      listFolder: join(root, folder, 'stm'),
      lists: await filesBelow(join(root, folder, 'stm'), '.stm'),
      folder: join(root, folder, 'sph'),
      ending: '.sph',
      splitOf: () => split,
      shape: 'talk, channel, speaker, begin, end, <labels> and text',
      parse: parseStmLine,
    });
}

/** NIST's segment time marks: `talk channel speaker begin end <labels> text (name of the segment)`, times in seconds; comments begin
 *  with `;;`.
 *  @returns undefined for a line that is not one, or that ends before it begins */
export function parseStmLine(line: string): ListedRecording | undefined {
  if (line.startsWith(';;')) return 'ignored';
  const match = /^([^\s/]+)\s+\S+\s+(\S+)\s+(\d+(?:\.\d*)?)\s+(\d+(?:\.\d*)?)\s+<[^>]*>(.*)$/.exec(line);
  if (!match) return undefined;
  const [, talk, speaker, begin, end, rest] = match;
  const offset = Number(begin);
  const duration = Number(end) - offset;
  if (duration <= 0) return undefined;
  const name = rest.lastIndexOf(` (${talk}-`);
  const text = (name < 0 ? rest : rest.slice(0, name)).trim();
  if (text === 'ignore_time_segment_in_scoring') return 'ignored';
  return { file: `${talk}.sph`, fields: { text, speaker, lang: 'en', offset, duration } };
}
