/** A network goes in, what it is made of comes out: the parts that pruning can take away, and the multiply-adds that each costs. */
import {
  type BlockSizes,
  blockSizes,
  headWidth,
  keyValueWidth,
  type ModelConfig,
  type ModelSpec,
  subsamplingLayers,
} from '../model/config.js';

/** What is left of a block: which of its heads and channels, by their places. */
export type KeptParts = { [Part in keyof BlockSizes]: number[] };
export type Part = keyof BlockSizes;
export const PARTS: readonly Part[] = ['heads', 'feedForward1', 'feedForward2', 'channels'];

/** Of each block, undefined where it goes as a whole. */
export type Kept = (KeptParts | undefined)[];

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);

export const keepAllParts = (config: ModelConfig): Kept =>
  upTo(config.blocks).map((block) => {
    const sizes = blockSizes(config, block);
    return Object.fromEntries(PARTS.map((part) => [part, upTo(sizes[part])])) as KeptParts;
  });

/** Multiply-adds that one head or channel costs at an encoder frame.
 *  @param window encoder frames that attention sees */
export function partCost(config: ModelConfig, part: Part, window: number): number {
  const { width, convolution } = config;
  const size = headWidth(config);
  if (part === 'heads') return 2 * width * size + 2 * size * window;
  if (part === 'channels') return 3 * width + convolution;
  return 2 * width;
}

/** Multiply-adds of a block at an encoder frame. */
export function blockCost(config: ModelConfig, sizes: BlockSizes, window: number): number {
  const parts = PARTS.map((part) => sizes[part] * partCost(config, part, window));
  return parts.reduce((a, b) => a + b, config.width * keyValueWidth(config));
}

/** Multiply-adds of the whole network at an encoder frame, in chunks of `chunk` frames. */
export function multiplyAdds({ config, vocabulary }: Pick<ModelSpec, 'config' | 'vocabulary'>, chunk: number): number {
  const { width, blocks } = config;
  const window = config.leftContext + chunk;
  // The last layer of the subsampling runs once a frame, each one before it twice as often as the next.
  const subsampling = subsamplingLayers(config)
    .reverse()
    .reduce((sum, { channels }, i) => sum + 2 ** i * 4 * channels * width, 0);
  const all = upTo(blocks).map((block) => blockCost(config, blockSizes(config, block), window));
  const conditioning = config.selfConditioned ? 2 * config.intermediate.length * width * vocabulary : 0;
  return all.reduce((a, b) => a + b, subsampling + width * vocabulary + conditioning);
}
