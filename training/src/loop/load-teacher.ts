/** What a recipe says of its teacher goes in, the teacher that the student's loss is held against comes out. */
import type { TokenTable } from '@auricle/decoding';
import type { Teacher } from '../engine/objective.js';
import { trainingError } from '../errors.js';
import type { ModelSpec } from '../model/config.js';
import type { TrainConfig } from './config.js';
import { loadStart } from './start-from.js';

/** @returns undefined where the recipe names none
 *  @throws AUR_TRAIN_START saying what is missing or wrong there, AUR_TRAIN_TEACHER naming what does not fit the student */
export async function loadTeacher(
  { distil, data }: TrainConfig,
  student: ModelSpec,
  tokens: TokenTable,
): Promise<{ teacher: Teacher; weights: Float32Array } | undefined> {
  if (!distil) return undefined;
  const { spec, tokens: theirs, weights, features } = await loadStart(distil.from);
  const refuse = (key: string, seen: string | number, expected: string | number) =>
    trainingError('AUR_TRAIN_TEACHER', { from: distil.from, key, seen, expected });
  if (theirs.symbols.join('\n') !== tokens.symbols.join('\n'))
    throw refuse('vocabulary', theirs.symbols.slice(0, 8).join(' '), tokens.symbols.slice(0, 8).join(' '));
  if (features !== data.features) throw refuse('data.features', features, data.features);
  if (spec.config.melBins !== student.config.melBins)
    throw refuse('model.melBins', spec.config.melBins, student.config.melBins);
  if (distil.hiddenWeight > 0 && spec.config.width !== student.config.width)
    throw refuse('model.width (with distil.hiddenWeight)', spec.config.width, student.config.width);
  // No weight depends on it, and chunks that fit the student's then fit the teacher's.
  const config = { ...spec.config, leftContext: student.config.leftContext };
  return { teacher: { spec: { ...spec, config }, ...distil }, weights };
}
