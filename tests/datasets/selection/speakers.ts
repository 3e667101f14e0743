/** Speakers and their numbers of lines go in, a manifest comes out. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeManifest } from '@auricle/datasets';
import { temporaryFolder } from '../files.js';

/** Every speaker's lines take one second and name their number; speakers take turns.
 *  @returns a folder with `in/all.jsonl` */
export async function speakersCorpus(counts: Record<string, number>): Promise<string> {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'in'));
  const most = Math.max(...Object.values(counts));
  const lines = Array.from({ length: most }, (_, i) =>
    Object.entries(counts)
      .filter(([, count]) => i < count)
      .map(([speaker]) => ({
        audio_filepath: `${speaker}/${i}.wav`,
        ...{ duration: 1, text: `${speaker} ${i}`, speaker, note: [i] },
      })),
  );
  await writeManifest(join(folder, 'in/all.jsonl'), lines.flat());
  return folder;
}
