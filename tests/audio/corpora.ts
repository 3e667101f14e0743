/** Where the corpora lie, for tests that need real recordings; they are not part of the repository. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = process.env.AURICLE_CORPORA ?? resolve(import.meta.dirname, '../../../shared/corpora');

export interface Utterance {
  path: string;
  /** seconds */
  duration: number;
}

/** The first utterances of a manifest such as `librispeech/dev.jsonl`; undefined, with a printed reason, where there is none. */
export function utterances(manifest: string, count: number): Utterance[] | undefined {
  const path = join(root, manifest);
  if (!existsSync(path)) {
    console.log(`skipped: no ${path} (AURICLE_CORPORA names another folder)`);
    return undefined;
  }
  const lines = readFileSync(path, 'utf8').trim().split('\n').slice(0, count);
  return lines.map((line) => {
    const { audio_filepath, duration } = JSON.parse(line) as { audio_filepath: string; duration: number };
    return { path: resolve(path, '..', audio_filepath), duration };
  });
}
