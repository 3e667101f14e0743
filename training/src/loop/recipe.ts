/** A recipe's YAML file and overrides go in, checked settings of a whole training run come out. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { trainingError } from '../errors.js';
import type { ModelConfig } from '../model/config.js';
import { newestCheckpoint } from './checkpoint.js';
import { checkTrainConfig, type TrainConfig } from './config.js';
import { overridden } from './overrides.js';
import { loadStart, modelOfStart } from './start-from.js';

/** Reads a recipe.
 *  @param overrides `path.to.key=value` pairs; values are YAML
 *  @param runOf folder of a run that may have begun already, by the recipe's name: its model is then known without its start
 *  @throws AUR_TRAIN_CONFIG; AUR_TRAIN_START when the model that the recipe starts from cannot be read */
export async function readTrainConfig(
  path: string,
  overrides: readonly string[] = [],
  runOf?: (name: string) => string,
): Promise<TrainConfig> {
  let settings: unknown;
  try {
    settings = parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw trainingError('AUR_TRAIN_CONFIG', { source: path, problems: (cause as Error).message }, { cause });
  }
  for (const override of overrides) {
    try {
      settings = overridden(settings, override);
    } catch (cause) {
      const problems = `override ${override}: ${(cause as Error).message}`;
      throw trainingError('AUR_TRAIN_CONFIG', { source: path, problems }, { cause });
    }
  }
  return checkTrainConfig(await withStart(settings, path, runOf), path);
}

/** The recipe with the model that it starts from, where it starts from one. */
async function withStart(settings: unknown, source: string, runOf?: (name: string) => string): Promise<unknown> {
  const { name, start, model, vocabulary } = (settings ?? {}) as Record<string, unknown>;
  const { from, vocabulary: whose } = (start ?? {}) as Record<string, unknown>;
  // What is not even that is named by the check.
  if (typeof from !== 'string' || typeof (model ?? {}) !== 'object') return settings;
  if (vocabulary !== undefined && whose !== 'replace') {
    const problems = `vocabulary: is that of the start unless start.vocabulary is replace (seen: ${JSON.stringify(vocabulary)})`;
    throw trainingError('AUR_TRAIN_CONFIG', { source, problems });
  }
  const begun =
    runOf && typeof name === 'string' ? await newestCheckpoint(join(runOf(name), 'checkpoints')) : undefined;
  const config = begun?.config.model ?? (await loadStart(from)).spec.config;
  return { ...(settings as object), model: modelOfStart(config, (model ?? {}) as Partial<ModelConfig>) };
}
