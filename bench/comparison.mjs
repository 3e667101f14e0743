/** What a bench script has compared goes in; a line of JSON comes out, in the file that AURICLE_COMPARISONS names, where `npm run bench` collects them.
 *  Without that variable nothing is written: scripts print for people what they have to say. */
import { appendFileSync } from 'node:fs';
import { z } from 'zod';

export const comparisonSchema = z.strictObject({
  /** what was measured, alike for both */
  comparison: z.string().min(1),
  unit: z.string().min(1),
  better: z.enum(['higher', 'lower']),
  ours: z.number().positive(),
  peer: z.number().positive(),
  peerName: z.string().min(1),
  /** ours to the peer's; above 1 ours is better, whether more or less is */
  ratio: z.number().positive(),
  /** how often each was measured */
  rounds: z.number().int().positive(),
});

/** @param found a comparison; its ratio is that of the two figures, where the script has none of its own */
export function compared(found) {
  const { better, ours, peer } = found;
  const checked = comparisonSchema.parse({ ratio: better === 'higher' ? ours / peer : peer / ours, ...found });
  const file = process.env.AURICLE_COMPARISONS;
  if (file) appendFileSync(file, `${JSON.stringify(checked)}\n`);
}

/** The middle of numbers in any order, of an even count the greater of both. */
export const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
