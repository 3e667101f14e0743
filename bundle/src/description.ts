/** The JSON of a bundle.json goes in, its checked and completed description comes out. */
import { FBANK } from '@auricle/audio';
import { z } from 'zod';
import { bundleError } from './errors.js';

const count = z.number().int().positive();
const seconds = z.number().nonnegative();
const offset = z.number().min(-10).max(10);
/** in the bundle's folder */
const fileName = z.string().regex(/^[^/\\]+$/, 'expected the name of a file beside bundle.json');
const share = z.number().min(0).max(1);
const confidenceMap = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('logistic'), scale: z.number().nonnegative(), offset: z.number() }),
  z.strictObject({ kind: z.literal('isotonic'), from: z.array(share).min(1), to: z.array(share).min(1) }),
]);
/** Free notes (how it was trained, what it scored): kept, never interpreted. */
const record = z.record(z.string(), z.unknown());

/** The tail of silence for models that do not say theirs: what sherpa-onnx's own server appends. */
export const DEFAULT_TAIL_SECONDS = 0.8;

export const descriptionSchema = z.strictObject({
  /** of this layout */
  version: z.literal(1),
  name: z.string().min(1),
  /** BCP 47, `und` when unknown */
  language: z.string().min(2).default('und'),
  features: z
    .discriminatedUnion('kind', [
      z.strictObject({
        kind: z.literal('fbank'),
        /** Hz */
        sampleRate: z.literal(FBANK.sampleRate),
        melBins: z.literal(FBANK.melBins),
      }),
      /** the model computes its own: a frame is an output frame's part of the samples */
      z.strictObject({
        kind: z.literal('samples'),
        /** Hz */
        sampleRate: count,
      }),
    ])
    .default({ kind: 'fbank', sampleRate: FBANK.sampleRate, melBins: FBANK.melBins }),
  /** frames the model takes at a time (window_size) */
  chunkFrames: count,
  /** frames it moves on by (chunk_shift) */
  chunkShift: count,
  /** feature frames an output frame */
  subsampling: count,
  vocabulary: z.strictObject({
    kind: z.enum(['characters', 'words', 'bpe']),
    /** tokens without the blank */
    size: count,
  }),
  /** output frames of the past that attention sees */
  leftContextFrames: z.number().int().nonnegative().optional(),
  /** digital silence after the end of a stream, seconds */
  tailSeconds: seconds.default(DEFAULT_TAIL_SECONDS),
  /** how much later than its emission a word begins and ends, seconds (`auricle calibrate`) */
  wordTimes: z.strictObject({ startOffset: offset, endOffset: offset }).optional(),
  /** what makes a word's confidence the probability that it is right, for each kind of decoder (`auricle calibrate`) */
  confidence: z.strictObject({ greedy: confidenceMap.optional(), beam: confidenceMap.optional() }).optional(),
  /** natural logarithm of each token's mean probability in a frame, with the blank, for `priorScale` (`auricle lm priors`) */
  tokenPriors: z.array(z.number().max(0)).optional(),
  /** of a model whose tokens are sounds: how words are said, in Kaldi's layout */
  lexicon: fileName.optional(),
  /** n-gram language model that streams are decoded with unless told otherwise, its weights and the beam that suits it */
  languageModel: z
    .strictObject({
      file: fileName,
      alpha: z.number().nonnegative().optional(),
      beta: z.number().optional(),
      beam: count.optional(),
      priorScale: z.number().nonnegative().optional(),
    })
    .optional(),
  /** what was done to the texts it was trained on */
  textNormalisation: z.string().optional(),
  training: record.default({}),
  results: record.default({}),
});

export type BundleDescription = z.output<typeof descriptionSchema>;
export type BundleDescriptionInput = z.input<typeof descriptionSchema>;

/** What stands at an issue's path, short enough for a message. */
function valueAt(value: unknown, path: readonly PropertyKey[]): string {
  let at = value;
  for (const key of path) at = (at as Record<PropertyKey, unknown> | undefined)?.[key];
  const shown = at === undefined ? 'missing' : JSON.stringify(at);
  return shown.length > 80 ? `${shown.slice(0, 77)}...` : shown;
}

/** One clause a problem: the path, what is wrong, the value seen. */
export function describeIssues(error: z.ZodError, value: unknown): string {
  return error.issues
    .flatMap((issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => {
            const path = [...issue.path, key];
            return `${path.join('.')}: unknown key, seen ${valueAt(value, path)}`;
          })
        : [`${issue.path.join('.') || 'the whole'}: ${issue.message}, seen ${valueAt(value, issue.path)}`],
    )
    .join('; ');
}

/** @param file names the source in errors
 *  @throws AUR_BUNDLE_NOT_JSON, AUR_BUNDLE_SCHEMA naming path, value seen and what was expected */
export function parseDescription(text: string, file: string): BundleDescription {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw bundleError('AUR_BUNDLE_NOT_JSON', { file, reason: (cause as Error).message }, { cause });
  }
  return checkDescription(value, file);
}

/** @throws AUR_BUNDLE_SCHEMA */
export function checkDescription(value: unknown, file: string): BundleDescription {
  const parsed = descriptionSchema.safeParse(value);
  if (!parsed.success) throw bundleError('AUR_BUNDLE_SCHEMA', { file, problems: describeIssues(parsed.error, value) });
  return parsed.data;
}
