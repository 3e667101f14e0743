/** The numbers that define a network go in, checked; the shapes of all its weights come out. */
import { z } from 'zod';

/** Published sizes by their usual names: 0.3, 2.8, 7.6 and 28 million parameters with some 30 tokens. */
export const MODEL_SIZES = {
  xs: { width: 64, blocks: 3 },
  s: { width: 144, blocks: 6 },
  m: { width: 192, blocks: 9 },
  l: { width: 320, blocks: 13 },
} as const;

const networkSchema = z
  .strictObject({
    size: z
      .enum(['xs', 's', 'm', 'l'])
      .optional()
      .describe('width and blocks by name; what is said beside it counts more'),
    melBins: z.number().int().positive().default(80).describe('features a frame'),
    width: z.number().int().positive().default(192).describe('channels of the residual stream'),
    blocks: z.number().int().positive().default(8).describe('conformer blocks'),
    heads: z.number().int().positive().default(4).describe('query heads; they divide the width'),
    keyValueHeads: z.number().int().positive().default(1).describe('key/value heads; they divide the query heads'),
    feedForward: z
      .number()
      .int()
      .positive()
      .default(4)
      .describe('width of a feed-forward layer in multiples of `width`'),
    convolution: z.number().int().min(2).default(9).describe('taps of the causal depthwise convolution'),
    subsampling: z
      .literal([4, 8])
      .default(4)
      .describe(
        'feature frames (10 ms) that make an encoder frame; 8 halves the cost and needs tokens longer than letters',
      ),
    leftContext: z.number().int().nonnegative().default(32).describe('encoder frames attended to before the chunk'),
    layers: z
      .array(
        z.strictObject({
          heads: z.number().int().positive().describe('query heads, as wide as without pruning'),
          feedForward1: z.number().int().positive().describe('channels within the first feed-forward layer'),
          feedForward2: z.number().int().positive().describe('within the second'),
          channels: z.number().int().positive().describe('of the depthwise convolution'),
        }),
      )
      .optional()
      .describe('sizes of each block, where pruning has made them differ from those above'),
    intermediate: z
      .array(z.number().int().positive())
      .default([])
      .describe('blocks, counted from 1, after which the output layer is trained too (InterCTC)'),
    selfConditioned: z
      .boolean()
      .default(false)
      .describe('what the output layer says after those blocks is fed back into the next one'),
  })
  .refine((c) => c.width % c.heads === 0, { path: ['heads'], error: 'must divide width' })
  .refine((c) => c.heads % c.keyValueHeads === 0, { path: ['keyValueHeads'], error: 'must divide heads' })
  .refine((c) => c.layers === undefined || c.layers.length === c.blocks, {
    path: ['layers'],
    error: 'must have an entry for each block',
  })
  .refine(
    (c) =>
      c.layers === undefined ||
      c.layers.every(({ heads, channels }) => heads <= c.heads && heads % c.keyValueHeads === 0 && channels <= c.width),
    {
      path: ['layers'],
      error: 'has more heads or channels than heads and width allow, or heads that keyValueHeads does not divide',
    },
  )
  .refine((c) => c.intermediate.every((block) => block < c.blocks), {
    path: ['intermediate'],
    error: 'must be before the last block',
  })
  .refine((c) => !c.selfConditioned || c.intermediate.length > 0, {
    path: ['selfConditioned'],
    error: 'needs intermediate blocks',
  });

export const modelConfigSchema = z.preprocess((settings) => {
  const size = (settings as { size?: unknown } | undefined)?.size;
  return typeof size === 'string' && Object.hasOwn(MODEL_SIZES, size)
    ? { ...MODEL_SIZES[size as keyof typeof MODEL_SIZES], ...(settings as object) }
    : settings;
}, networkSchema);

export type ModelConfig = z.infer<typeof modelConfigSchema>;

export const integerLayersSchema = z.record(
  z.string(),
  z.union([z.tuple([z.number(), z.number()]), z.literal('float')]),
);

/** Linear layers that 8-bit integers compute: least and greatest value of each one's input, or `float` where its weights alone become integers. */
export type IntegerLayers = z.infer<typeof integerLayersSchema>;

/** A network is its configuration, its vocabulary's size (blank included) and the fixed scaling of its input. */
export interface ModelSpec {
  config: ModelConfig;
  vocabulary: number;
  /** Mean and standard deviation of each mel bin over the training data; both [melBins]. */
  features: { mean: number[]; deviation: number[] };
  /** where the forward pass rounds as the int8 graph will */
  integers?: IntegerLayers;
}

export interface ParameterSpec {
  name: string;
  shape: number[];
  /** Bound of the uniform initial values; 0 starts at zero. */
  bound: number;
}

/** Channels of one head. */
export const headWidth = (config: ModelConfig) => config.width / config.heads;
/** Channels of keys and values together. */
export const keyValueWidth = (config: ModelConfig) => 2 * config.keyValueHeads * headWidth(config);

export type BlockSizes = NonNullable<ModelConfig['layers']>[number];

/** What pruning can make smaller in a block. */
export const blockSizes = ({ layers, heads, width, feedForward }: ModelConfig, block: number): BlockSizes =>
  layers?.[block] ?? { heads, feedForward1: width * feedForward, feedForward2: width * feedForward, channels: width };

/** The widest depthwise convolution. */
export const mostChannels = (config: ModelConfig) =>
  Math.max(...Array.from({ length: config.blocks }, (_, i) => blockSizes(config, i).channels));

/** Milliseconds of an encoder frame: feature frames are 10 ms apart. */
export const encoderFrameMs = ({ subsampling }: Pick<ModelConfig, 'subsampling'>) => 10 * subsampling;

/** The convolutions of stride 2 that make encoder frames, and the channels that each one reads. */
export const subsamplingLayers = ({ subsampling, melBins, width }: ModelConfig) =>
  ['first', 'second', 'third']
    .slice(0, Math.log2(subsampling))
    .map((name, i) => ({ name: `subsampling.${name}`, channels: i === 0 ? melBins : width }));

/** Every weight of the network in a fixed order: the order of the flat vectors in checkpoints. */
export function parameterSpecs({ config, vocabulary }: Pick<ModelSpec, 'config' | 'vocabulary'>): ParameterSpec[] {
  const { width, convolution } = config;
  const linear = (name: string, from: number, to: number): ParameterSpec[] => [
    { name: `${name}.weight`, shape: [from, to], bound: Math.sqrt(3 / from) },
    { name: `${name}.bias`, shape: [to], bound: 0 },
  ];
  const block = (name: string, { heads, feedForward1, feedForward2, channels }: BlockSizes): ParameterSpec[] => {
    const queries = heads * headWidth(config);
    return [
      ...linear(`${name}.feedForward1.in`, width, feedForward1),
      ...linear(`${name}.feedForward1.out`, feedForward1, width),
      ...linear(`${name}.attention.queryKeyValue`, width, queries + keyValueWidth(config)),
      ...linear(`${name}.attention.out`, queries, width),
      ...linear(`${name}.convolution.in`, width, 2 * channels),
      { name: `${name}.convolution.filter`, shape: [convolution, channels], bound: Math.sqrt(3 / convolution) },
      { name: `${name}.convolution.bias`, shape: [channels], bound: 0 },
      ...linear(`${name}.convolution.out`, channels, width),
      ...linear(`${name}.feedForward2.in`, width, feedForward2),
      ...linear(`${name}.feedForward2.out`, feedForward2, width),
    ];
  };
  return [
    ...subsamplingLayers(config).flatMap(({ name, channels }) => linear(name, 4 * channels, width)),
    ...Array.from({ length: config.blocks }, (_, i) => block(`block${i}`, blockSizes(config, i))).flat(),
    ...linear('output', width, vocabulary),
    ...(config.selfConditioned ? linear('conditioning', vocabulary, width) : []),
  ];
}

/** A weight and where it lies in the flat vectors. */
export type PlacedParameter = ParameterSpec & { at: number; end: number };

/** @param specs in the order of the flat vectors */
export function placedParameters(specs: readonly ParameterSpec[]): PlacedParameter[] {
  let end = 0;
  return specs.map((spec) => {
    const at = end;
    end += parameterCount([spec]);
    return { ...spec, at, end };
  });
}

export const parameterCount = (specs: readonly ParameterSpec[]) =>
  specs.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
