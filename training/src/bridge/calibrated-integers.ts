/** A network, its weights and training audio go in; which layers 8-bit integers will compute, and by which ranges, comes out: what quantisation-aware
 *  training needs to know, and the int8 graph of what it trained. */
import { dequantisedWeights, type OnnxModel, productsOf, type Range, staticInt8 } from '@auricle/bundle';
import type { Example } from '../data/example.js';
import type { IntegerLayers, ModelSpec } from '../model/config.js';
import { calibrate } from './calibrate.js';
import { streamingGraph } from './streaming-graph.js';

const WEIGHT = '.weight';
/** Layer of a product, by the name of its weight; the factors of a product do not matter. */
const layerOf = (weight: string) => weight.replace(/\*.*$/, '').slice(0, -WEIGHT.length);

/** As static int8 has it: the layers with large weights; of the first, whose input has no bounds, the weights alone.
 *  @param weights flat, in the order of `parameterSpecs`
 *  @param chunk encoder frames that the audio is streamed by */
export async function calibratedIntegers(
  spec: ModelSpec,
  weights: Float32Array,
  chunk: number,
  examples: readonly Pick<Example, 'features' | 'frames'>[],
): Promise<IntegerLayers> {
  const model = streamingGraph(spec, weights, chunk);
  const [first, ...others] = productsOf(model);
  const ranges = await calibrate(model, others, examples);
  const layers: IntegerLayers = { [layerOf(first.weight.name)]: 'float' };
  for (const { input, weight } of others) {
    const [low, high] = ranges.get(input)!;
    const before = layers[layerOf(weight.name)];
    // A layer may be read in several places.
    layers[layerOf(weight.name)] =
      before === undefined || before === 'float' ? [low, high] : [Math.min(low, before[0]), Math.max(high, before[1])];
  }
  return layers;
}

/** The int8 graph of a network that was trained with these integers. */
export function integerGraph(model: OnnxModel, integers: IntegerLayers): OnnxModel {
  const products = productsOf(model);
  const found = (wanted: (layer: Range | 'float' | undefined) => boolean) =>
    products.filter(({ weight }) => wanted(integers[layerOf(weight.name)]));
  const ranges = new Map<string, Range>();
  for (const { input, weight } of products) {
    const range = integers[layerOf(weight.name)];
    if (range !== undefined && range !== 'float') ranges.set(input, range);
  }
  const weightsAlone = dequantisedWeights(
    model,
    found((layer) => layer === 'float'),
  );
  return staticInt8(
    weightsAlone,
    found((layer) => layer !== undefined && layer !== 'float'),
    ranges,
  );
}
