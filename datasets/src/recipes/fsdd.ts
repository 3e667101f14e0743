/** The Free Spoken Digit Dataset (Zohar Jackson and contributors, CC BY-SA 4.0) goes in, its manifests come out: the official test split, and a dev split held out of train. */
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { readAudioFile } from '@auricle/audio';
import { downloadFile, type Progress, unpackFolder } from '../download.js';
import { datasetError } from '../errors.js';
import { type Utterance, writeManifest } from '../manifest.js';

/** The official archive: 3,000 recordings of 6 speakers, about 16 MB. */
export const FSDD_URL = 'https://github.com/Jakobovski/free-spoken-digit-dataset/archive/refs/tags/v1.0.10.tar.gz';

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** Downloads and unpacks the recordings; what is there already is not fetched again, and a broken download is continued.
 *  @param options.url of a mirror's archive
 *  @returns the folder of the recordings, `targetDir/recordings`
 *  @throws AUR_RECIPE_DOWNLOAD, AUR_RECIPE_ARCHIVE, AUR_RECIPE_NO_FILES */
export async function downloadFsdd(
  targetDir: string,
  options: { url?: string; onProgress?: Progress } = {},
): Promise<string> {
  const recordings = join(targetDir, 'recordings');
  if (await isThere(recordings)) return recordings;
  const archive = join(targetDir, 'fsdd.tar.gz');
  if (!(await isThere(archive))) await downloadFile(options.url ?? FSDD_URL, archive, options.onProgress);
  try {
    if ((await unpackFolder(archive, 'recordings', recordings)) === 0) {
      await rm(recordings, { recursive: true });
      throw datasetError('AUR_RECIPE_NO_FILES', { folder: archive, expected: 'folder "recordings"' });
    }
  } finally {
    // A damaged archive must not be taken for a good one by the next call.
    await rm(archive);
  }
  return recordings;
}

const DIGITS = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];

/** `7_jackson_32.wav`: digit, speaker, index. */
const FILE_NAME = /^(\d)_([a-z]+)_(\d+)\.(?:wav|flac)$/;

export type FsddSplit = 'train' | 'dev' | 'test';

/** Indices 0 to 4 are the official test split; 45 to 49 are held out of the rest to choose checkpoints by. */
const splitOf = (index: number): FsddSplit => (index < 5 ? 'test' : index >= 45 && index < 50 ? 'dev' : 'train');

/** Writes `train.jsonl`, `dev.jsonl` and `test.jsonl` into `outDir`, with paths relative to it, sorted by path.
 *  @param recordingsDir holds files named like `7_jackson_32.wav` or `.flac` at any depth; others are left out
 *  @returns how many utterances each split has
 *  @throws AUR_RECIPE_NO_FILES, AUR_AUDIO_… for a recording that does not decode */
export async function prepareFsdd(recordingsDir: string, outDir: string): Promise<Record<FsddSplit, number>> {
  const splits: Record<FsddSplit, Utterance[]> = { train: [], dev: [], test: [] };
  const files = await readdir(recordingsDir, { recursive: true }).catch(() => []);
  for (const file of files.sort()) {
    const match = FILE_NAME.exec(basename(file));
    if (!match) continue;
    const [, digit, speaker, index] = match;
    const path = join(recordingsDir, file);
    const { samples, sampleRate } = await readAudioFile(path);
    splits[splitOf(Number(index))].push({
      audio_filepath: relative(outDir, path).split(sep).join('/'),
      duration: Math.round((samples.length / sampleRate) * 1e4) / 1e4,
      text: DIGITS[Number(digit)],
      speaker,
      lang: 'en',
    });
  }
  if (Object.values(splits).every((utterances) => utterances.length === 0))
    throw datasetError('AUR_RECIPE_NO_FILES', {
      folder: recordingsDir,
      expected: 'recording named like 7_jackson_32.wav',
    });
  await mkdir(outDir, { recursive: true });
  for (const [name, utterances] of Object.entries(splits))
    await writeManifest(join(outDir, `${name}.jsonl`), utterances);
  return { train: splits.train.length, dev: splits.dev.length, test: splits.test.length };
}
