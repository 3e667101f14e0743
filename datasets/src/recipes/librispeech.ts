/** LibriSpeech (Panayotov, Chen, Povey, Khudanpur 2015, OpenSLR 12, CC BY 4.0) goes in, a manifest for each of its parts comes out. */
import { join, posix } from 'node:path';
import { datasetError } from '../errors.js';
import { type CorpusArchive, chooseParts, type FetchOptions, fetchArchives } from './archives.js';
import { type PreparedCorpus, writeCorpus } from './corpus-manifests.js';
import { filesBelow, findRoot } from './file-tree.js';
import { type ListedRecording, listedRecordings } from './listed-recordings.js';

/** Bytes and SHA-256 of each part as TensorFlow Datasets and torchaudio have them; no archive was fetched to confirm them. */
const PARTS = {
  'train-clean-100': [6387309499, 'd4ddd1d5a6ab303066f14971d768ee43278a5f2a0aa43dc716b0e64ecbbbf6e2'],
  'train-clean-360': [23049477885, '146a56496217e96c14334a160df97fffedd6e0a04e66b9c5af0d40be3c792ecf'],
  'train-other-500': [30593501606, 'ddb22f27f96ec163645d53215559df6aa36515f26e01dd70798188350adcb6d2'],
  'dev-clean': [337926286, '76f87d090650617fca0cac8f88b9416e0ebf80350acb97b343a85fa903728ab3'],
  'dev-other': [314305928, '12661c48e8c3fe1de2c1caa4c3e135193bfb1811584f11f569dd12645aa84365'],
  'test-clean': [346663984, '39fde525e59672dc6d1551919b1478f724438a95aa55f874b576be21967e6c23'],
  'test-other': [328757843, 'd09c181bba5cf717b3dee7d4d592af11a3ee3a09e08ae025c5506f6ebe961c29'],
} as const;

export type LibrispeechPart = keyof typeof PARTS;
export const LIBRISPEECH_PARTS = Object.keys(PARTS) as LibrispeechPart[];

/** An archive of LibriSpeech's layout, of which the part's folder is kept as `LibriSpeech/<part>`. */
export const librispeechArchive = (
  resource: number,
  part: string,
  known: Pick<CorpusArchive, 'bytes' | 'checksum'>,
): CorpusArchive => ({
  url: `https://www.openslr.org/resources/${resource}/${part}.tar.gz`,
  ...known,
  inner: `LibriSpeech/${part}`,
  target: `LibriSpeech/${part}`,
  expected: [],
});

/** Fetches the parts that are named, else all seven (61 GB), to `folder/LibriSpeech`.
 *  @throws AUR_RECIPE_PART, and as `fetchArchives` */
export async function downloadLibrispeech(
  folder: string,
  options: FetchOptions & { parts?: readonly string[] } = {},
): Promise<void> {
  const archives = chooseParts('LibriSpeech', LIBRISPEECH_PARTS, options.parts).map((part) => {
    const [bytes, digest] = PARTS[part];
    return librispeechArchive(12, part, { bytes, checksum: { algorithm: 'sha256', digest } });
  });
  await fetchArchives(folder, archives, options);
}

/** Writes `<part>.jsonl` for the parts that are named, else for those that are there.
 *  @param folder of the parts, or the one above
 *  @throws AUR_RECIPE_PART, AUR_RECIPE_NO_FILES, AUR_IMPORT_NOTHING */
export async function prepareLibrispeech(
  folder: string,
  outDir: string,
  options: { parts?: readonly string[] } = {},
): Promise<PreparedCorpus> {
  const parts = chooseParts('LibriSpeech', LIBRISPEECH_PARTS, options.parts);
  return prepareTranscribedParts(
    folder,
    outDir,
    new Map(parts.map((part) => [part, part])),
    options.parts !== undefined,
  );
}

/** Writes a manifest for each part of LibriSpeech's layout.
 *  @param splits the manifest's name for each part's folder
 *  @param areNeeded whether a part that is missing is an error; one of them must be there */
export async function prepareTranscribedParts(
  folder: string,
  outDir: string,
  splits: ReadonlyMap<string, string>,
  areNeeded: boolean,
): Promise<PreparedCorpus> {
  const found = new Map<string, string>();
  for (const [part, split] of splits) {
    const root = await findRoot(folder, 'LibriSpeech', part);
    if (root !== undefined) found.set(split, join(root, part));
    else if (areNeeded) throw datasetError('AUR_RECIPE_NO_FILES', { folder, expected: `part "${part}"` });
  }
  return writeCorpus(outDir, [...found.keys()], transcribedRecordings(found), {
    folder,
    expected: `folder named like ${[...splits.keys()][0]} with recordings and .trans.txt files`,
  });
}

async function* transcribedRecordings(folders: ReadonlyMap<string, string>) {
  for (const [split, folder] of folders)
    yield* listedRecordings({
      listFolder: folder,
      lists: await filesBelow(folder, '.trans.txt'),
      folder,
      ending: '.flac',
      splitOf: () => split,
      shape: 'an id and a text',
      parse: parseTranscriptLine,
    });
}

/** A line like `1089-134686-0000 HE HOPED`, for `1089-134686-0000.flac` beside its list. */
export function parseTranscriptLine(line: string, list: string): ListedRecording | undefined {
  const [, id, speaker, text] = /^(([^\s/-]+)-[^\s/]+)\s+(\S.*)$/.exec(line) ?? [];
  if (id === undefined) return undefined;
  return { file: posix.join(posix.dirname(list), `${id}.flac`), fields: { text, speaker, lang: 'en' } };
}
