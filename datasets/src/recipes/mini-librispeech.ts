/** Mini LibriSpeech (OpenSLR 31, CC BY 4.0): five hours for training and two for choosing models go in, `train` and `dev` come out. */
import { type FetchOptions, fetchArchives } from './archives.js';
import type { PreparedCorpus } from './corpus-manifests.js';
import { librispeechArchive, prepareTranscribedParts } from './librispeech.js';

/** Bytes and MD5 as OpenSLR's md5sum.txt is quoted by others; no archive was fetched to confirm them. */
const ARCHIVES = [
  librispeechArchive(31, 'train-clean-5', {
    bytes: 332954390,
    checksum: { algorithm: 'md5', digest: '5df7d4e78065366204ca6845bb08f490' },
  }),
  librispeechArchive(31, 'dev-clean-2', {
    bytes: 126046265,
    checksum: { algorithm: 'md5', digest: '6d7ab67ac6a1d2c993d050e16d61080d' },
  }),
];

/** Fetches both parts to `folder/LibriSpeech`.
 *  @throws as `fetchArchives` */
export const downloadMiniLibrispeech = (folder: string, options?: FetchOptions): Promise<void> =>
  fetchArchives(folder, ARCHIVES, options);

const SPLITS = new Map([
  ['train-clean-5', 'train'],
  ['dev-clean-2', 'dev'],
]);

/** Writes `train.jsonl` and `dev.jsonl`, the official parts, whose speakers are different ones.
 *  @throws AUR_RECIPE_NO_FILES, AUR_IMPORT_NOTHING */
export const prepareMiniLibrispeech = (folder: string, outDir: string): Promise<PreparedCorpus> =>
  prepareTranscribedParts(folder, outDir, SPLITS, true);
