/** A run's state goes in, a checkpoint file comes out, and back; the newest sound one is found after a crash. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { formatLexicon, formatTokens, parseLexicon, parseTokens, type TokenTable } from '@auricle/decoding';
import { z } from 'zod';
import type { TrainingState } from '../engine/engine.js';
import { trainingError } from '../errors.js';
import {
  integerLayersSchema,
  type ModelSpec,
  modelConfigSchema,
  parameterCount,
  parameterSpecs,
} from '../model/config.js';
import { type TrainConfig, trainConfigSchema } from './config.js';
import { readSafetensors, writeSafetensors } from './safetensors.js';

const VERSION = 1;
/** Checkpoints of this many steps are kept, besides the best one. */
const KEPT = 2;

const progressSchema = z.strictObject({
  epoch: z.number().int(),
  /** Batches of the epoch already learned from. */
  batch: z.number().int(),
  skippedSteps: z.number().int(),
  bestErrorRate: z.number().nullable(),
  /** Examples of the epoch's batches so far that could not be made: error code -> count. Older checkpoints have none. */
  leftOut: z.record(z.string(), z.number().int()).default({}),
  /** Epochs done when the best error rate was reached. */
  bestEpoch: z.number().int().default(0),
  /** Epochs whose weights are kept to be averaged, best first. */
  candidates: z.array(z.strictObject({ epoch: z.number().int(), errorRate: z.number() })).default([]),
  /** Losses of the epoch's applied steps so far. Older checkpoints have none. */
  lossSum: z.number().default(0),
  lossSteps: z.number().int().default(0),
});
/** Where a run stands; all randomness is drawn from (seed, epoch, index), so this is all that a run continues from. */
export type Progress = z.infer<typeof progressSchema>;

/** What counts within an epoch, where that begins. */
export const startOfEpoch = (epoch: number) => ({ epoch, batch: 0, leftOut: {}, lossSum: 0, lossSteps: 0 });

export const startOfRun = (): Progress => ({
  ...startOfEpoch(0),
  skippedSteps: 0,
  bestErrorRate: null,
  bestEpoch: 0,
  candidates: [],
});

export interface Checkpoint {
  config: TrainConfig;
  spec: ModelSpec;
  tokens: TokenTable;
  progress: Progress;
  state: TrainingState;
}

const specSchema = z.strictObject({
  config: modelConfigSchema,
  vocabulary: z.number().int(),
  features: z.strictObject({ mean: z.array(z.number()), deviation: z.array(z.number()) }),
  integers: integerLayersSchema.optional(),
});

export async function saveCheckpoint(path: string, checkpoint: Checkpoint): Promise<void> {
  const { weights, firstMoment, secondMoment, average, step } = checkpoint.state;
  await writeSafetensors(
    path,
    { weights, firstMoment, secondMoment, average },
    {
      version: String(VERSION),
      step: String(step),
      config: JSON.stringify(checkpoint.config),
      spec: JSON.stringify(checkpoint.spec),
      tokens: formatTokens(checkpoint.tokens),
      ...(checkpoint.tokens.lexicon && { lexicon: formatLexicon(checkpoint.tokens.lexicon) }),
      progress: JSON.stringify(checkpoint.progress),
    },
  );
}

/** @param settings take the place of those of the run, which may be another version's; the network stays the checkpoint's
 *  @throws AUR_CHECKPOINT_DAMAGED, AUR_CHECKPOINT_VERSION, AUR_CHECKPOINT_SETTINGS, AUR_CHECKPOINT_MISSING */
export async function loadCheckpoint(path: string, settings?: TrainConfig): Promise<Checkpoint> {
  const { state, metadata, ...network } = await readNetwork(path);
  const config = trainConfigSchema.safeParse(settings ? { ...settings, model: network.spec.config } : metadata.config);
  if (!config.success)
    throw trainingError('AUR_CHECKPOINT_SETTINGS', { path, problems: z.prettifyError(config.error) });
  return { ...network, config: config.data, progress: parsed(path, progressSchema, metadata.progress), state };
}

/** What another run can start from, also where the settings of its own are those of another version.
 *  @throws AUR_CHECKPOINT_DAMAGED, AUR_CHECKPOINT_VERSION, AUR_CHECKPOINT_MISSING */
export async function loadNetwork(
  path: string,
): Promise<Pick<Checkpoint, 'spec' | 'tokens' | 'state'> & { features: string }> {
  const { metadata, ...network } = await readNetwork(path);
  const { data } = parsed(
    path,
    z.object({ data: z.object({ features: z.string().default('fbank') }) }),
    metadata.config,
  );
  return { ...network, features: data.features };
}

async function readNetwork(path: string) {
  const { tensors, metadata } = await readSafetensors(path);
  if (metadata.version !== String(VERSION))
    throw trainingError('AUR_CHECKPOINT_VERSION', { path, seen: metadata.version, expected: VERSION });
  const spec = parsed(path, specSchema, json(path, metadata.spec));
  const count = parameterCount(parameterSpecs(spec));
  const vector = (name: string) => {
    if (tensors[name]?.length !== count)
      throw damaged(path, `${name} has ${tensors[name]?.length ?? 'no'} numbers: expected ${count}`);
    return tensors[name];
  };
  const tokens = tokensOf(path, metadata.tokens, metadata.lexicon);
  if (tokens.symbols.length !== spec.vocabulary)
    throw damaged(path, `it has ${tokens.symbols.length} tokens: expected ${spec.vocabulary}`);
  return {
    spec,
    tokens,
    state: {
      step: Number(metadata.step),
      weights: vector('weights'),
      firstMoment: vector('firstMoment'),
      secondMoment: vector('secondMoment'),
      average: vector('average'),
    },
    metadata: { config: json(path, metadata.config), progress: json(path, metadata.progress) },
  };
}

const damaged = (path: string, reason: string, cause?: unknown) =>
  trainingError('AUR_CHECKPOINT_DAMAGED', { path, reason }, { cause });

function json(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw damaged(path, (cause as Error).message, cause);
  }
}

function parsed<Value>(path: string, schema: z.ZodType<Value>, value: unknown): Value {
  const result = schema.safeParse(value);
  if (!result.success) throw damaged(path, z.prettifyError(result.error), result.error);
  return result.data;
}

function tokensOf(path: string, text: string, lexicon: string | undefined): TokenTable {
  try {
    const tokens = parseTokens(text);
    return lexicon === undefined ? tokens : { ...tokens, lexicon: parseLexicon(lexicon) };
  } catch (cause) {
    throw damaged(path, (cause as Error).message, cause);
  }
}

const stepFile = (step: number) => `step-${String(step).padStart(8, '0')}.safetensors`;
export const BEST_FILE = 'best.safetensors';

/** Saves as `step-N` and removes all but the newest few. */
export async function saveStep(folder: string, checkpoint: Checkpoint): Promise<void> {
  await saveCheckpoint(join(folder, stepFile(checkpoint.state.step)), checkpoint);
  const old = (await stepFiles(folder)).slice(KEPT);
  await Promise.all(old.map((file) => rm(join(folder, file), { force: true })));
}

/** Removes what killed processes began to write. Only the process that has the run's lock may. */
export async function removeUnfinished(folder: string): Promise<void> {
  const files = await readdir(folder);
  const unfinished = files.filter((file) => file.endsWith('.partial'));
  await Promise.all(unfinished.map((file) => rm(join(folder, file), { force: true })));
}

/** Newest first. */
async function stepFiles(folder: string): Promise<string[]> {
  const files = await readdir(folder).catch(() => []);
  return files
    .filter((f) => /^step-\d+\.safetensors$/.test(f))
    .sort()
    .reverse();
}

/** The newest checkpoint that is sound; a damaged one is passed over for the one before it.
 *  @returns undefined when there is none
 *  @throws AUR_CHECKPOINT_… of the newest when none of them is sound: to begin anew must be the user's choice */
export async function newestCheckpoint(folder: string): Promise<Checkpoint | undefined> {
  const faults: unknown[] = [];
  for (const file of await stepFiles(folder)) {
    try {
      return await loadCheckpoint(join(folder, file));
    } catch (fault) {
      faults.push(fault);
    }
  }
  if (faults.length > 0) throw faults[0];
  return undefined;
}
