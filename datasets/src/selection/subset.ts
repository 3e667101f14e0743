/** A manifest goes in, a manifest of some of its lines, drawn by a seed, comes out. */
import { z } from 'zod';
import { datasetError } from '../errors.js';
import { parseRecordingLine, type Recording, readManifestLines, relocate } from '../manifest.js';
import { shuffledIndices } from '../manifest-index.js';
import { Random } from '../random.js';
import { Column } from '../statistics/column.js';
import { writeLines } from '../text-lines.js';
import { checkOptions, seed } from './options.js';

export const subsetOptionsSchema = z
  .strictObject({
    utterances: z.number().int().positive().optional().describe('how many lines'),
    hours: z.number().positive().optional().describe('at least so many: the last line may go over'),
    balanceSpeakers: z.boolean().describe('speakers take turns, so that none has many lines more than another'),
    seed,
  })
  .refine(({ utterances, hours }) => (utterances === undefined) !== (hours === undefined), {
    error: 'expected either utterances or hours',
  });

export type SubsetOptions = z.infer<typeof subsetOptionsSchema>;

export interface Subset {
  utterances: number;
  seconds: number;
  speakers: number;
}

/** The lines stay in the manifest's order.
 *  @throws AUR_DATA_OPTIONS, AUR_DATA_TOO_FEW, AUR_DATA_NO_SPEAKER when lines have none to balance by, and as `readManifest` and `writeManifest` */
export async function subsetManifest(path: string, outPath: string, options: SubsetOptions): Promise<Subset> {
  const { balanceSpeakers, seed, ...amount } = checkOptions(subsetOptionsSchema, options, 'subset');
  const durations = new Column((length) => new Float32Array(length));
  const speakers = new Column((length) => new Uint32Array(length));
  const numbers = new Map<string, number>();
  for await (const { content, where } of readManifestLines(path)) {
    const { duration, speaker } = parseRecordingLine(content, where);
    durations.push(duration);
    if (!balanceSpeakers) continue;
    if (speaker === undefined) throw datasetError('AUR_DATA_NO_SPEAKER', { where, command: 'subset' });
    if (!numbers.has(speaker)) numbers.set(speaker, numbers.size);
    speakers.push(numbers.get(speaker)!);
  }
  const shuffled = shuffledIndices(durations.length, new Random(seed));
  const order = balanceSpeakers ? inTurns(shuffled, speakers.values(), numbers.size) : shuffled;
  const chosen = firstOf(order, durations.values(), amount, path);
  return writeLines([outPath], async ([file]) => {
    const subset: Subset = { utterances: 0, seconds: 0, speakers: 0 };
    const heard = new Set<string>();
    let index = 0;
    for await (const { content } of readManifestLines(path)) {
      if (!chosen[index++]) continue;
      const recording = JSON.parse(content) as Recording;
      subset.utterances++;
      subset.seconds += recording.duration;
      if (recording.speaker !== undefined) heard.add(recording.speaker);
      await file.write(JSON.stringify(relocate(recording, path, outPath)));
    }
    return { ...subset, speakers: heard.size };
  });
}

/** Every speaker's first line, then every speaker's second, and so on. */
function inTurns(order: Uint32Array, speakers: Uint32Array, count: number): Uint32Array {
  const taken = new Uint32Array(count);
  const turns = new Uint32Array(order.length);
  for (const line of order) turns[line] = taken[speakers[line]]++;
  return order.slice().sort((a, b) => turns[a] - turns[b]);
}

/** 1 for the lines taken from the order's start on until the amount is reached. */
function firstOf(
  order: Uint32Array,
  durations: Float32Array,
  { utterances, hours }: { utterances?: number; hours?: number },
  path: string,
): Uint8Array {
  const chosen = new Uint8Array(order.length);
  let [taken, seconds] = [0, 0];
  const isEnough = () => (hours === undefined ? taken >= utterances! : seconds >= 3600 * hours);
  for (const line of order) {
    if (isEnough()) break;
    chosen[line] = 1;
    taken++;
    seconds += durations[line];
  }
  if (!isEnough())
    throw datasetError('AUR_DATA_TOO_FEW', {
      path,
      wanted: hours === undefined ? `${utterances} utterances` : `${hours} h`,
      seen: hours === undefined ? `${taken} utterances` : `${(seconds / 3600).toFixed(3)} h`,
    });
  return chosen;
}
