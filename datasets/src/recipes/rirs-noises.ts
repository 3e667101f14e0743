/** Room impulse responses and noises (Ko et al. 2017, OpenSLR 28, Apache 2.0) go in, a manifest of responses and one of noises come out. */
import { type CorpusArchive, type FetchOptions, fetchArchives } from './archives.js';
import { type PreparedCorpus, writeCorpus } from './corpus-manifests.js';
import { corpusRoot } from './file-tree.js';
import { listedRecordings } from './listed-recordings.js';

const REAL = 'real_rirs_isotropic_noises';

/** MD5 as OpenSLR's list is quoted by others; the archive (1.3 GB) was not fetched to confirm it. */
const ARCHIVE: CorpusArchive = {
  url: 'https://www.openslr.org/resources/28/rirs_noises.zip',
  checksum: { algorithm: 'md5', digest: 'e6f48e257286e05de56413b4779d8ffb' },
  inner: 'RIRS_NOISES',
  target: 'RIRS_NOISES',
  expected: [`${REAL}/rir_list`],
};

/** Fetches the corpus to `folder/RIRS_NOISES`.
 *  @throws as `fetchArchives` */
export const downloadRirsNoises = (folder: string, options?: FetchOptions): Promise<void> =>
  fetchArchives(folder, [ARCHIVE], options);

/** What each list names, and the manifest it goes to. */
const LISTS = [
  { list: `${REAL}/rir_list`, split: 'rirs', label: 'real' },
  { list: 'simulated_rirs/smallroom/rir_list', split: 'rirs', label: 'small' },
  { list: 'simulated_rirs/mediumroom/rir_list', split: 'rirs', label: 'medium' },
  { list: 'simulated_rirs/largeroom/rir_list', split: 'rirs', label: 'large' },
  { list: `${REAL}/noise_list`, split: 'noise', label: 'isotropic' },
  { list: 'pointsource_noises/noise_list', split: 'noise', label: 'point-source' },
];

/** Writes `rirs.jsonl` (label `real`, or the size of a simulated room) and `noise.jsonl` (label `isotropic` or `point-source`), with the
 *  room's name in `room` where the list tells it: a noise goes with the responses of its room. Some of the real files have several
 *  channels, one a microphone. The point sources are the free-sound ones of MUSAN.
 *  @param folder `RIRS_NOISES`, or the one above
 *  @throws AUR_RECIPE_NO_FILES, AUR_MANIFEST_MISSING for a list that is missing, AUR_IMPORT_NOTHING */
export async function prepareRirsNoises(folder: string, outDir: string): Promise<PreparedCorpus> {
  const root = await corpusRoot(folder, ARCHIVE.target, `${REAL}/rir_list`);
  return writeCorpus(outDir, ['rirs', 'noise'], listed(root), { folder: root, expected: 'line in its rir_list files' });
}

async function* listed(root: string) {
  for (const { list, split, label } of LISTS)
    yield* listedRecordings({
      listFolder: root,
      lists: [list],
      folder: root,
      splitOf: () => split,
      shape: 'options and a path below RIRS_NOISES',
      parse: (line) => {
        const recording = parseReverberationLine(line);
        const room = recording?.options.get('room-id') ?? recording?.options.get('room-linkage');
        return recording && { file: recording.file, fields: { label, ...(room !== undefined && { room }) } };
      },
    });
}

/** A line of Kaldi's lists for `reverberate_data_dir.py`: `--rir-id 00001 --room-id 001 RIRS_NOISES/real/x.wav`.
 *  @returns the options without their dashes and the file's path below RIRS_NOISES; undefined for a line that is not one */
export function parseReverberationLine(line: string): { options: Map<string, string>; file: string } | undefined {
  const words = line.trim().split(/\s+/);
  const [, file] = /^RIRS_NOISES\/(.+)$/.exec(words.at(-1)!) ?? [];
  if (file === undefined || words.length % 2 === 0) return undefined;
  const options = new Map<string, string>();
  for (let i = 0; i + 1 < words.length; i += 2) {
    if (!words[i].startsWith('--')) return undefined;
    options.set(words[i].slice(2), words[i + 1]);
  }
  return { options, file };
}
