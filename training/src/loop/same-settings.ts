/** The settings that a run began with and those of now go in; the first difference is refused. */
import { trainingError } from '../errors.js';

/** What may change within a run: a checkpoint is the same on every engine. */
const FREE: ReadonlySet<string> = new Set(['engine']);

/** A run goes on only with the settings it began with; more epochs would change the learning rates already used.
 *  @throws AUR_TRAIN_RUN_CHANGED */
export function checkSameSettings(before: object, now: object, folder: string, path = ''): void {
  for (const key of new Set([...Object.keys(before), ...Object.keys(now)])) {
    const [a, b] = [before, now].map((o) => (o as Record<string, unknown>)[key]);
    const here = path ? `${path}.${key}` : key;
    if (FREE.has(here)) continue;
    if (a && b && typeof a === 'object' && typeof b === 'object') checkSameSettings(a, b, folder, here);
    else if (a !== b)
      throw trainingError('AUR_TRAIN_RUN_CHANGED', {
        folder,
        path: here,
        before: JSON.stringify(a),
        now: JSON.stringify(b),
      });
  }
}
