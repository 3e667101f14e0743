/** Recordings go in, what callers stream comes out: files of bare samples, each with what is to be heard in it. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { decodePcm, readAudioFile, resample } from '@auricle/audio';
import { readManifest, resolvePath } from '@auricle/datasets';
import { createEngine, transcribeSamples } from '@auricle/serving';
import { cliError } from '../errors.js';
import { modelFolder } from '../models/store.js';
import { findRecordings, type Recording } from '../transcription/recordings.js';
import type { Expected } from './figures.js';
import { LOAD_RATE } from './protocols.js';

export interface LoadRecording extends Expected {
  /** of bare 16-bit samples at `LOAD_RATE`, one channel */
  path: string;
}

export interface LoadMaterial {
  recordings: LoadRecording[];
  /** seconds of them all */
  seconds: number;
  remove(): Promise<void>;
}

/** @param paths files, folders and manifests
 *  @returns recordings of which nothing is expected yet
 *  @throws AUR_CLI_FILE, AUR_CLI_PATHS, AUR_AUDIO_… */
export async function readMaterial(paths: readonly string[]): Promise<LoadMaterial & { sources: Recording[] }> {
  const { recordings: sources, failures, cleanUp } = await findRecordings(paths, process.stdin);
  const folder = await mkdtemp(join(tmpdir(), 'auricle-load-'));
  const remove = async () => {
    await rm(folder, { recursive: true, force: true });
    await cleanUp();
  };
  try {
    if (failures.length > 0) throw failures[0].error;
    if (sources.length === 0) throw cliError('AUR_CLI_PATHS', { problem: `no recording in ${paths.join(', ')}` });
    const recordings: LoadRecording[] = [];
    let seconds = 0;
    for (const [i, source] of sources.entries()) {
      const path = join(folder, `${i}.s16`);
      seconds += (await writeSamples(source, path)) / LOAD_RATE;
      recordings.push({ title: source.title, text: '', path });
    }
    return { recordings, sources, seconds, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** @returns how many */
async function writeSamples({ file, offset, duration, title }: Recording, path: string): Promise<number> {
  const { samples, sampleRate } = await readAudioFile(file, { offset, duration });
  const resampled = resample(samples, sampleRate, LOAD_RATE);
  if (resampled.length === 0) throw cliError('AUR_CLI_FILE', { path: title, reason: 'it has no audio' });
  const bytes = Buffer.alloc(2 * resampled.length);
  resampled.forEach((sample, i) => {
    bytes.writeInt16LE(Math.max(-32_768, Math.min(32_767, Math.round(sample * 32_768))), 2 * i);
  });
  await writeFile(path, bytes);
  return resampled.length;
}

/** What a model hears in whole recordings, of the very samples that are streamed.
 *  @throws AUR_BUNDLE_…, AUR_MODELS_UNKNOWN */
export async function expectOfModel(recordings: readonly LoadRecording[], model: string): Promise<void> {
  const engine = await createEngine({ bundle: await modelFolder(model) });
  try {
    for (const recording of recordings) {
      const samples = decodePcm(await readFile(recording.path), 's16le');
      recording.text = (await transcribeSamples(engine, { samples, sampleRate: LOAD_RATE })).text;
    }
  } finally {
    await engine.close();
  }
}

/** What a manifest says of them.
 *  @throws AUR_LOAD_EXPECTED for a recording that is not in it, AUR_MANIFEST_… */
export async function expectOfManifest(
  recordings: readonly LoadRecording[],
  sources: readonly Recording[],
  manifest: string,
): Promise<void> {
  const keyOf = (file: string, offset = 0) => `${resolve(file)}@${offset}`;
  const texts = new Map<string, string>();
  for (const utterance of await readManifest(manifest))
    texts.set(keyOf(resolvePath(manifest, utterance), utterance.offset), utterance.text);
  recordings.forEach((recording, i) => {
    const text = texts.get(keyOf(sources[i].file, sources[i].offset));
    if (text === undefined) throw cliError('AUR_LOAD_EXPECTED', { source: manifest, title: recording.title });
    recording.text = text;
  });
}
