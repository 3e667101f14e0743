/** A manifest and conditions go in, a manifest of the lines that meet all of them comes out. */
import { z } from 'zod';
import { parseRecordingLine, type Recording, readManifestLines, relocate } from '../manifest.js';
import { writeLines } from '../text-lines.js';
import { checkOptions } from './options.js';

export const filterOptionsSchema = z.strictObject({
  minimumSeconds: z.number().nonnegative().optional(),
  maximumSeconds: z.number().positive().optional(),
  speakers: z.array(z.string()).min(1).optional().describe('one of these'),
  text: z
    .string()
    .refine(isExpression, { error: 'expected a regular expression' })
    .optional()
    .describe('regular expression (JavaScript, Unicode) that matches somewhere in the text'),
});

export type FilterOptions = z.infer<typeof filterOptionsSchema>;

export interface Filtered {
  kept: number;
  dropped: number;
  /** of those kept */
  seconds: number;
}

/** @throws AUR_DATA_OPTIONS, and as `readManifest` and `writeManifest` */
export async function filterManifest(path: string, outPath: string, options: FilterOptions): Promise<Filtered> {
  const matches = conditionOf(checkOptions(filterOptionsSchema, options, 'filter'));
  const filtered: Filtered = { kept: 0, dropped: 0, seconds: 0 };
  await writeLines([outPath], async ([file]) => {
    for await (const { content, where } of readManifestLines(path)) {
      const recording = parseRecordingLine(content, where);
      if (!matches(recording)) {
        filtered.dropped++;
        continue;
      }
      filtered.kept++;
      filtered.seconds += recording.duration;
      await file.write(JSON.stringify(relocate(recording, path, outPath)));
    }
  });
  return filtered;
}

function conditionOf(options: FilterOptions): (recording: Recording) => boolean {
  const { minimumSeconds = 0, maximumSeconds = Number.POSITIVE_INFINITY } = options;
  const speakers = options.speakers && new Set(options.speakers);
  const expression = options.text === undefined ? undefined : new RegExp(options.text, 'u');
  return ({ duration, speaker, text = '' }) =>
    duration >= minimumSeconds &&
    duration <= maximumSeconds &&
    (!speakers || (speaker !== undefined && speakers.has(speaker))) &&
    (!expression || expression.test(text));
}

function isExpression(source: string): boolean {
  try {
    new RegExp(source, 'u');
    return true;
  } catch {
    return false;
  }
}
