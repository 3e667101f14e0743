/** A recipe's YAML file and overrides go in, checked settings of a whole training run come out. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { FBANK } from '@auricle/audio';
import { augmentSchema, changesFrames } from '@auricle/datasets';
import { parse } from 'yaml';
import { z } from 'zod';
import { trainingError } from '../errors.js';
import { modelConfigSchema, SUBSAMPLING } from '../model/config.js';

const range = (describe: string) => z.tuple([z.number(), z.number()]).describe(describe);
const fraction = z.number().min(0).max(1);

const dataSchema = z.strictObject({
  features: z
    .enum(['fbank', 'stored'])
    .default('fbank')
    .describe('log-mel frames of the audio, or what each line has in `features_filepath`, `model.melBins` a frame'),
  train: z.array(z.string()).min(1).describe('manifests to learn from'),
  dev: z.array(z.string()).min(1).describe('manifests that choose the checkpoint; never a test split'),
  tailSeconds: z
    .number()
    .min(0)
    .max(2)
    .default(0.24)
    .describe('silence after each utterance, in which its last token may come (s)'),
  featureCache: z
    .strictObject({
      folder: z.string().describe('keeps frames of augmented audio, about 60 MB an hour and epoch'),
      epochs: z
        .number()
        .int()
        .positive()
        .default(4)
        .describe('epochs that are augmented anew; later ones repeat them with masks of their own'),
    })
    .optional(),
});

const batchesSchema = z.strictObject({
  buckets: z.number().int().positive().default(8).describe('different batch lengths'),
  framesPerBatch: z
    .number()
    .int()
    .positive()
    .default(16_000)
    .describe('feature frames (10 ms) a batch, padding included'),
  chunks: z
    .array(z.union([z.number().int().positive(), z.literal('full')]))
    .min(1)
    .default([2, 4, 8, 16, 'full'])
    .describe('attention chunks (encoder frames of 40 ms, or the whole utterance), one drawn a batch'),
  accumulate: z.number().int().positive().default(1).describe('batches whose gradients make one step'),
  maximumSeconds: z.number().positive().default(20).describe('longer utterances are left out and counted (s)'),
});

const augmentationSchema = z.strictObject({
  rampEpochs: z
    .number()
    .int()
    .nonnegative()
    .default(0)
    .describe(
      'augmentation and joining grow from nothing over these epochs: alignments are found on clean short audio first',
    ),
  joinUtterances: z
    .strictObject({
      maximum: z.number().int().positive().default(1).describe('up to this many utterances are joined into one'),
      gapSeconds: range('silence between joined utterances (s)').default([0.05, 0.5]),
      leadSeconds: range('silence before the first (s)').default([0, 0]),
    })
    .prefault({}),
  steps: augmentSchema
    .prefault([{ kind: 'speed' }, { kind: 'gain' }, { kind: 'whiteNoise', probability: 0.5 }, { kind: 'specAugment' }])
    .describe('what is done to each example, in this order'),
  noise: z
    .array(z.string())
    .default([])
    .describe('manifests of recordings for the step `noise`, held in memory: 230 MB an hour'),
  roomResponses: z
    .array(z.string())
    .default([])
    .describe('manifests of impulse responses for the step `recordedRoom`, likewise'),
});

const lossSchema = z.strictObject({
  intermediateWeight: z
    .number()
    .min(0)
    .max(0.9)
    .default(0.3)
    .describe('share of the losses after model.intermediate (InterCTC)'),
  consistencyWeight: z
    .number()
    .nonnegative()
    .default(0)
    .describe('of the divergence between two differently masked views (CR-CTC, 0.2 in its paper); 0 makes one view'),
  consistencyWarmup: z.number().int().nonnegative().default(1000).describe('steps over which it grows from 0'),
  labelSmoothing: z.number().min(0).max(0.5).default(0).describe('share of the divergence from a uniform output'),
});

const regularisationSchema = z.strictObject({
  dropout: z.number().min(0).max(0.9).default(0).describe('share of each residual branch that becomes 0'),
  stochasticDepth: z
    .number()
    .min(0)
    .max(0.9)
    .default(0)
    .describe('probability that an utterance passes the last block by; less for those before it'),
});

const optimiserSchema = z.strictObject({
  learningRate: z.number().positive().default(1e-3).describe('peak, after the warm-up'),
  schedule: z
    .enum(['cosine', 'noam'])
    .default('cosine')
    .describe('after the warm-up: down to finalLearningRate by the last step, or with 1 / sqrt(step) without end'),
  warmupSteps: z.number().int().nonnegative().default(500),
  finalLearningRate: z.number().nonnegative().default(1e-5).describe('end of the cosine'),
  beta1: fraction.default(0.9),
  beta2: fraction.default(0.98),
  epsilon: z.number().positive().default(1e-8),
  weightDecay: z.number().nonnegative().default(0.01),
  clipNorm: z.number().positive().default(5),
  averageDecay: fraction.default(0.998).describe('share of the running average of the weights kept at each step'),
});

const engineSchema = z
  .strictObject({
    kind: z
      .enum(['onnx', 'tensorflow'])
      .default('onnx')
      .describe(
        'what computes the steps: ONNX Runtime, or TensorFlow where `npm run setup:tensorflow` has installed it',
      ),
    provider: z
      .enum(['cpu', 'webgpu', 'cuda'])
      .default('cpu')
      .describe('where: any CPU; any GPU by WebGPU (onnx alone); an NVIDIA GPU by CUDA'),
  })
  .refine((e) => e.kind !== 'tensorflow' || e.provider !== 'webgpu', {
    path: ['provider'],
    error: 'expected cpu or cuda with the engine tensorflow',
  });

export const trainConfigSchema = z
  .strictObject({
    name: z.string().regex(/^[\w.-]+$/),
    language: z.string().default('en'),
    seed: z.number().int().nonnegative().default(1),
    epochs: z.number().int().positive(),
    vocabulary: z
      .union([z.enum(['characters', 'words']), z.string().endsWith('.txt')], {
        error: 'expected characters, words or the path of a tokens.txt',
      })
      .default('characters')
      .describe('characters or words of the training texts, or a tokens.txt as `auricle data vocab` makes it'),
    checkpointSteps: z
      .number()
      .int()
      .positive()
      .default(500)
      .describe('steps between checkpoints; each epoch ends with one too'),
    evaluateChunk: z
      .number()
      .int()
      .positive()
      .default(8)
      .describe('attention chunk for the dev error rate (encoder frames of 40 ms)'),
    averageBest: z
      .number()
      .int()
      .positive()
      .default(5)
      .describe('so many of the best epochs are averaged at the end, which is kept if it is better'),
    patience: z
      .number()
      .int()
      .positive()
      .optional()
      .describe('epochs without a better dev error rate that end the run early'),
    data: dataSchema,
    model: modelConfigSchema.prefault({}),
    loss: lossSchema.prefault({}),
    regularisation: regularisationSchema.prefault({}),
    batches: batchesSchema.prefault({}),
    augment: augmentationSchema.prefault({}),
    optimiser: optimiserSchema.prefault({}),
    engine: engineSchema.prefault({}),
  })
  .superRefine((config, context) => {
    const chunks = [
      ...config.batches.chunks.map((chunk, i) => ({ chunk, path: ['batches', 'chunks', i] })),
      { chunk: config.evaluateChunk, path: ['evaluateChunk'] },
    ];
    for (const { chunk, path } of chunks)
      if (chunk !== 'full' && config.model.leftContext % chunk !== 0)
        context.addIssue({ code: 'custom', path, message: `${chunk} does not divide model.leftContext` });
    const pools = { noise: config.augment.noise, recordedRoom: config.augment.roomResponses };
    config.augment.steps.forEach(({ kind }, i) => {
      if ((kind === 'noise' || kind === 'recordedRoom') && pools[kind].length === 0)
        context.addIssue({ code: 'custom', path: ['augment', 'steps', i], message: `no recordings are named for it` });
    });
    if (config.data.featureCache && config.augment.rampEpochs > 0)
      context.addIssue({
        code: 'custom',
        path: ['augment', 'rampEpochs'],
        message: 'expected 0 with data.featureCache, whose first epochs serve for all',
      });
    const stored = config.data.features === 'stored';
    if (!stored && config.model.melBins !== FBANK.melBins)
      context.addIssue({ code: 'custom', path: ['model', 'melBins'], message: `expected ${FBANK.melBins}` });
    if (stored && config.augment.joinUtterances.maximum > 1)
      context.addIssue({
        code: 'custom',
        path: ['augment', 'joinUtterances', 'maximum'],
        message: 'expected 1 with stored features, which know no silence to join by',
      });
    config.augment.steps.forEach((step, i) => {
      if (!changesFrames(step) && (step.kind === 'stretch') !== stored)
        context.addIssue({
          code: 'custom',
          path: ['augment', 'steps', i],
          message: stored ? 'changes samples: expected stretch, or what changes frames' : 'is for stored features',
        });
    });
  });

export type TrainConfig = z.infer<typeof trainConfigSchema>;

/** Feature frames that every padded length is a multiple of, so that all chunk sizes fit. */
export const frameMultiple = (config: TrainConfig) =>
  SUBSAMPLING * Math.max(...config.batches.chunks.filter((chunk) => chunk !== 'full'), config.evaluateChunk);

/** Checks settings.
 *  @param source names the file in errors
 *  @throws AUR_TRAIN_CONFIG listing every offending path with the value seen */
export function checkTrainConfig(settings: unknown, source: string): TrainConfig {
  const result = trainConfigSchema.safeParse(settings);
  if (result.success) return result.data;
  const problem = (path: PropertyKey[], message: string) => {
    const seen = path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], settings);
    const shown = seen === undefined ? '' : ` (seen: ${JSON.stringify(seen)})`;
    return `${path.join('.') || '(top level)'}: ${message}${shown}`;
  };
  const problems = result.error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => problem([...issue.path, key], 'unknown key'))
      : [problem(issue.path, issue.message)],
  );
  throw trainingError('AUR_TRAIN_CONFIG', { source, problems: problems.join('; ') });
}

/** Reads a recipe.
 *  @param overrides `path.to.key=value` pairs; values are YAML
 *  @throws AUR_TRAIN_CONFIG */
export async function readTrainConfig(path: string, overrides: readonly string[] = []): Promise<TrainConfig> {
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
  return checkTrainConfig(settings, path);
}

function overridden(settings: unknown, override: string): unknown {
  const equals = override.indexOf('=');
  if (equals < 1) throw new Error('expected path.to.key=value');
  const value: unknown = parse(override.slice(equals + 1));
  const put = (at: unknown, [key, ...rest]: string[]): unknown => {
    if (key === undefined) return value;
    if (typeof (at ?? {}) !== 'object') throw new Error(`there is nothing below ${JSON.stringify(at)}`);
    // A copy with the key defined, not assigned: no key reaches a prototype.
    const copy = Array.isArray(at) ? [...at] : { ...(at as object) };
    const before = Object.hasOwn(copy, key) ? (copy as Record<string, unknown>)[key] : undefined;
    return Object.defineProperty(copy, key, { value: put(before, rest), enumerable: true, configurable: true });
  };
  return put(settings, override.slice(0, equals).split('.'));
}

/** Manifests are named relative to the working directory, as on the command line. */
export const manifestPaths = (paths: readonly string[]) => paths.map((p) => resolve(p));
