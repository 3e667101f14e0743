/** A recipe's settings go in, checked and completed settings of a whole training run come out. */
import { resolve } from 'node:path';
import { FBANK } from '@auricle/audio';
import { augmentSchema, changesFrames } from '@auricle/datasets';
import { z } from 'zod';
import { trainingError } from '../errors.js';
import { type ModelConfig, modelConfigSchema, parameterSpecs } from '../model/config.js';
import { ruleOfEach } from '../model/learning-rates.js';

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
    .optional()
    .describe('where decoding and augmenting take longer than training; without it every epoch is augmented anew'),
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
    .describe('attention chunks (encoder frames, or the whole utterance), one drawn a batch'),
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
  warmupSteps: z
    .number()
    .int()
    .nonnegative()
    .default(500)
    .describe('steps over which the learning rate grows in a line'),
  finalLearningRate: z.number().nonnegative().default(1e-5).describe('end of the cosine'),
  beta1: fraction.default(0.9).describe("share of AdamW's mean of the gradients kept at each step"),
  beta2: fraction.default(0.98).describe('the same of their squares'),
  epsilon: z.number().positive().default(1e-8).describe('added to the root of those'),
  weightDecay: z
    .number()
    .nonnegative()
    .default(0.01)
    .describe('share of each weight, times the learning rate, taken off at each step'),
  clipNorm: z.number().positive().default(5).describe('gradients are scaled down to this norm'),
  averageDecay: fraction.default(0.998).describe('share of the running average of the weights kept at each step'),
});

const isPattern = (text: string) => {
  try {
    return new RegExp(text) !== undefined;
  } catch {
    return false;
  }
};

const startSchema = z.strictObject({
  from: z
    .string()
    .min(1)
    .describe(
      "a bundle's folder (its int8 model where it has no float one), or a checkpoint; its averaged weights are what the run begins with",
    ),
  vocabulary: z
    .enum(['keep', 'replace'])
    .default('keep')
    .describe(
      "of the start; or the recipe's own, for which the output layer (and that of self-conditioning) begins anew",
    ),
  rates: z
    .array(
      z.strictObject({
        parameters: z
          .string()
          .refine(isPattern, 'expected a regular expression')
          .describe("a regular expression that a parameter's whole name fits, such as `block[0-1]\\..*`"),
        rate: z.number().min(0).describe('multiplies the learning rate; 0 freezes'),
      }),
    )
    .default([])
    .describe('the first that fits counts; parameters that none fits learn at 1'),
});

const distilSchema = z.strictObject({
  from: z.string().min(1).describe("the teacher: a bundle's folder, or a checkpoint, of the same vocabulary"),
  logProbWeight: z
    .number()
    .nonnegative()
    .default(1)
    .describe("of the divergence of each frame's output from the teacher's, beside the other losses"),
  hiddenWeight: z
    .number()
    .nonnegative()
    .default(0)
    .describe('of the difference of the streams after each block; student and teacher must be as wide'),
});

const quantisationSchema = z.strictObject({
  examples: z
    .number()
    .int()
    .positive()
    .default(128)
    .describe('training examples that the ranges of activations are calibrated on, by the weights of the start'),
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
    precision: z
      .enum(['float32', 'bfloat16'])
      .default('float32')
      .describe(
        'of matrix products; bfloat16 is for tensorflow on CPUs that have it (AMX, AVX-512 BF16), which others ignore',
      ),
  })
  .refine((e) => e.kind !== 'tensorflow' || e.provider !== 'webgpu', {
    path: ['provider'],
    error: 'expected cpu or cuda with the engine tensorflow',
  })
  .refine((e) => e.precision === 'float32' || (e.kind === 'tensorflow' && e.provider === 'cpu'), {
    path: ['precision'],
    error: 'expected float32, except with tensorflow on cpu',
  });

export const trainConfigSchema = z
  .strictObject({
    name: z
      .string()
      .regex(/^[\w.-]+$/)
      .describe('of the model, and of the run folder below runs/: letters, digits, _ . -'),
    language: z.string().default('en').describe('BCP 47; written into the exported bundle'),
    seed: z
      .number()
      .int()
      .nonnegative()
      .default(1)
      .describe('of all that is drawn: the same seed gives the same weights on the same machine'),
    epochs: z.number().int().positive().describe('times that the training data are gone through'),
    vocabulary: z
      .union([z.enum(['characters', 'words']), z.string().endsWith('.txt')], {
        error: 'expected characters, words or the path of a tokens.txt',
      })
      .default('characters')
      .describe('characters or words of the training texts, or a tokens.txt as `auricle data vocab` makes it'),
    lexicon: z
      .string()
      .optional()
      .describe(
        'how words are said, `word sound sound …` a line: texts are spelled by it, in tokens that are sounds (default: texts are spelled as they are)',
      ),
    checkpointSteps: z
      .number()
      .int()
      .positive()
      .default(500)
      .describe('steps between checkpoints; each epoch ends with one too'),
    logSteps: z.number().int().positive().default(10).describe('steps that a record of metrics.jsonl tells of'),
    evaluateChunk: z
      .number()
      .int()
      .positive()
      .default(8)
      .describe('attention chunk for the dev error rate (encoder frames)'),
    averageBest: z
      .number()
      .int()
      .positive()
      .default(5)
      .describe(
        'so many of the best epochs are tried at the end for a mean of their weights: each is taken in where that is better',
      ),
    patience: z
      .number()
      .int()
      .positive()
      .optional()
      .describe('epochs without a better dev error rate that end the run early'),
    start: startSchema
      .optional()
      .describe('a model to go on from; what `model` does not say is then that of the start, and so is input scaling'),
    quantisation: quantisationSchema
      .optional()
      .describe(
        'training rounds weights and activations as the int8 model will, so that it learns to do with what is left; needs `start`',
      ),
    distil: distilSchema.optional().describe('a trained model that this one learns from, beside the texts'),
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
    for (const { path, message } of rateProblems(config)) context.addIssue({ code: 'custom', path, message });
    if (config.quantisation && !config.start)
      context.addIssue({
        code: 'custom',
        path: ['quantisation'],
        message: 'needs start.from: ranges are calibrated on a trained network',
      });
    if (config.quantisation && config.data.features === 'stored')
      context.addIssue({
        code: 'custom',
        path: ['quantisation'],
        message: 'expected none with stored features, of which there is no int8 model',
      });
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
    const { maximum, gapSeconds, leadSeconds } = config.augment.joinUtterances;
    if (stored && maximum > 1 && [...gapSeconds, ...leadSeconds].some((seconds) => seconds > 0))
      context.addIssue({
        code: 'custom',
        path: ['augment', 'joinUtterances', 'gapSeconds'],
        message: 'expected [0, 0], and so for leadSeconds, with stored features, which know no silence to join by',
      });
    config.augment.steps.forEach((step, i) => {
      const problem = (message: string) => context.addIssue({ code: 'custom', path: ['augment', 'steps', i], message });
      if (!changesFrames(step) && (step.kind === 'stretch') !== stored)
        problem(stored ? 'changes samples: expected stretch, or what changes frames' : 'is for stored features');
      if (step.kind === 'vocalTract' && stored) problem('is for log-mel frames: stored features may be others');
    });
  });

export type TrainConfig = z.infer<typeof trainConfigSchema>;

/** Patterns without a parameter to themselves are mistakes. */
function rateProblems({ start, model }: { start?: z.infer<typeof startSchema>; model: ModelConfig }) {
  const rules = start?.rates ?? [];
  if (!rules.every(({ parameters }) => isPattern(parameters))) return [];
  const specs = parameterSpecs({ config: model, vocabulary: 1 });
  const found = ruleOfEach(specs, rules);
  const problems = rules.flatMap(({ parameters }, i) => {
    if (found.includes(i)) return [];
    const alone = ruleOfEach(specs, [{ parameters, rate: 1 }]);
    const message = alone.includes(0)
      ? 'fits no parameter that an earlier pattern does not'
      : `fits none of the parameters ${specs[0].name} to ${specs[specs.length - 1].name}`;
    return [{ path: ['start', 'rates', i, 'parameters'], message }];
  });
  const learns = found.some((rule) => rule < 0 || rules[rule].rate > 0);
  return learns ? problems : [...problems, { path: ['start', 'rates'], message: 'leave nothing to learn' }];
}

/** Feature frames that every padded length is a multiple of, so that all chunk sizes fit. */
export const frameMultiple = (config: TrainConfig) =>
  config.model.subsampling *
  Math.max(...config.batches.chunks.filter((chunk) => chunk !== 'full'), config.evaluateChunk);

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

/** Manifests are named relative to the working directory, as on the command line. */
export const manifestPaths = (paths: readonly string[]) => paths.map((p) => resolve(p));
