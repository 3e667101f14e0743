/** A manifest goes in, manifests of its parts come out: no line in two of them, and if wanted no speaker. */
import { join } from 'node:path';
import { z } from 'zod';
import { datasetError } from '../errors.js';
import { parseRecordingLine, readManifestLines, relocate } from '../manifest.js';
import { shuffledIndices } from '../manifest-index.js';
import { Random } from '../random.js';
import { writeLines } from '../text-lines.js';
import { checkOptions, seed } from './options.js';

export const splitOptionsSchema = z.strictObject({
  by: z.enum(['speaker', 'utterance']).describe('what is never divided'),
  fractions: z
    .record(z.string().regex(/^[\w-]+$/, 'expected a name of letters, digits, _ and -'), z.number().positive())
    .refine((fractions) => Math.abs(Object.values(fractions).reduce((sum, f) => sum + f, 0) - 1) < 1e-6, {
      error: 'expected fractions that add up to 1',
    })
    .describe('share of each part: of the hours by speaker, of the lines by utterance'),
  seed,
});

export type SplitOptions = z.infer<typeof splitOptionsSchema>;

export interface Part {
  name: string;
  path: string;
  utterances: number;
  seconds: number;
  speakers: number;
}

/** Writes `<name>.jsonl` of every part into `folder`, in the manifest's order.
 *  @throws AUR_DATA_OPTIONS, AUR_DATA_NO_SPEAKER, AUR_DATA_TOO_FEW when a part would be empty, and as `readManifest` and `writeManifest` */
export async function splitManifest(path: string, folder: string, options: SplitOptions): Promise<Part[]> {
  const { by, fractions, seed } = checkOptions(splitOptionsSchema, options, 'split');
  const names = Object.keys(fractions);
  const shares = Object.values(fractions);
  const random = new Random(seed);
  const partOf = by === 'speaker' ? await bySpeaker(path, shares, random) : await byUtterance(path, shares, random);
  const parts = names.map((name) => ({ path: join(folder, `${name}.jsonl`), name, utterances: 0, seconds: 0 }));
  const speakers = names.map(() => new Set<string>());
  await writeLines(
    parts.map((part) => part.path),
    async (files) => {
      let index = 0;
      for await (const { content, where } of readManifestLines(path)) {
        const recording = parseRecordingLine(content, where);
        const number = partOf(index++, recording.speaker);
        const part = parts[number];
        part.utterances++;
        part.seconds += recording.duration;
        if (recording.speaker !== undefined) speakers[number].add(recording.speaker);
        await files[number].write(JSON.stringify(relocate(recording, path, part.path)));
      }
    },
  );
  return parts.map((part, i) => ({ ...part, speakers: speakers[i].size }));
}

type PartOf = (index: number, speaker: string | undefined) => number;

/** Random speakers, each to the part that has the smallest share of what it is to get. */
async function bySpeaker(path: string, shares: number[], random: Random): Promise<PartOf> {
  const seconds = new Map<string, number>();
  for await (const { content, where } of readManifestLines(path)) {
    const { speaker, duration } = parseRecordingLine(content, where);
    if (speaker === undefined) throw datasetError('AUR_DATA_NO_SPEAKER', { where, command: 'split' });
    seconds.set(speaker, (seconds.get(speaker) ?? 0) + duration);
  }
  if (seconds.size < shares.length)
    throw datasetError('AUR_DATA_TOO_FEW', {
      path,
      wanted: `${shares.length} parts`,
      seen: `${seconds.size} speakers`,
    });
  const filled = shares.map(() => 0);
  const parts = new Map<string, number>();
  for (const speaker of random.shuffle([...seconds.keys()])) {
    const part = filled.indexOf(Math.min(...filled));
    filled[part] += seconds.get(speaker)! / shares[part];
    parts.set(speaker, part);
  }
  return (_, speaker) => parts.get(speaker!)!;
}

/** Whole numbers of lines, as near to the shares as can be. */
async function byUtterance(path: string, shares: number[], random: Random): Promise<PartOf> {
  let lines = 0;
  for await (const _ of readManifestLines(path)) lines++;
  const ends = shares.map((_, i) => Math.round(lines * shares.slice(0, i + 1).reduce((sum, share) => sum + share, 0)));
  if (ends.some((end, i) => end === (ends[i - 1] ?? 0)))
    throw datasetError('AUR_DATA_TOO_FEW', { path, wanted: `${shares.length} parts`, seen: `${lines} lines` });
  const parts = new Uint8Array(lines);
  shuffledIndices(lines, random).forEach((line, place) => {
    parts[line] = ends.findIndex((end) => place < end);
  });
  return (index) => parts[index];
}
