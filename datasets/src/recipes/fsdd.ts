/** The Free Spoken Digit Dataset's recordings go in, its manifests come out: the official test split, and a dev split cut from train. */
import { mkdir, readdir } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { readAudioFile } from '@auricle/audio';
import { datasetError } from '../errors.js';
import { type Utterance, writeManifest } from '../manifest.js';

const DIGITS = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];

/** `7_jackson_32.wav`: digit, speaker, index. */
const FILE_NAME = /^(\d)_([a-z]+)_(\d+)\.(?:wav|flac)$/;

/** Indices 0 to 4 are the official test split; 45 to 49 of the rest choose checkpoints. */
const splitOf = (index: number) => (index < 5 ? 'test' : index < 45 ? 'train' : 'dev');

export type FsddSplit = ReturnType<typeof splitOf>;

/** Writes `train.jsonl`, `dev.jsonl` and `test.jsonl` into `outDir`.
 *  @param recordingsDir holds the recordings at any depth
 *  @returns how many utterances each split has
 *  @throws AUR_RECIPE_NO_FILES */
export async function prepareFsdd(recordingsDir: string, outDir: string): Promise<Record<FsddSplit, number>> {
  const splits: Record<FsddSplit, Utterance[]> = { train: [], dev: [], test: [] };
  const files = await readdir(recordingsDir, { recursive: true }).catch(() => []);
  for (const file of files.sort()) {
    const match = FILE_NAME.exec(basename(file));
    if (!match) continue;
    const path = join(recordingsDir, file);
    const { samples, sampleRate } = await readAudioFile(path);
    splits[splitOf(Number(match[3]))].push({
      audio_filepath: relative(outDir, path),
      duration: Math.round((samples.length / sampleRate) * 1e4) / 1e4,
      text: DIGITS[Number(match[1])],
      speaker: match[2],
    });
  }
  if (Object.values(splits).every((s) => s.length === 0))
    throw datasetError('AUR_RECIPE_NO_FILES', { folder: recordingsDir, expected: 'recording named like 7_jackson_32.wav' });
  await mkdir(outDir, { recursive: true });
  for (const [name, utterances] of Object.entries(splits)) await writeManifest(join(outDir, `${name}.jsonl`), utterances);
  return { train: splits.train.length, dev: splits.dev.length, test: splits.test.length };
}
