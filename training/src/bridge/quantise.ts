/** A float model and audio go in, a smaller model comes out with what it costs: which layers stay in float is measured. */
import {
  dequantisedWeights,
  dynamicInt8,
  FULL_RANGE,
  float16Constants,
  type OnnxModel,
  type Product,
  productsOf,
  REDUCED_RANGE,
  staticInt8,
  weightBlocks,
} from '@auricle/bundle';
import type { Example } from '../data/example.js';
import type { IntegerLayers } from '../model/config.js';
import { calibrate } from './calibrate.js';
import { integerGraph } from './calibrated-integers.js';
import { meanDivergence, sayAll } from './divergence.js';

export const METHODS = ['static', 'dynamic', 'fp16', 'weights8', 'weights4'] as const;
export type Method = (typeof METHODS)[number];

/** Of each block of a row of activations by itself. */
const INTEGER_ROWS = 4;

export interface QuantiseOptions {
  method: Method;
  /** audio that ranges and losses are measured on; never of a test split */
  examples: readonly Pick<Example, 'features' | 'frames'>[];
  /** layers and ranges that the network was trained with; they are taken as they are (static) */
  integers?: IntegerLayers;
  /** weights of 7 bits, for processors with AVX2 but without VNNI (static and dynamic) */
  reducedRange?: boolean;
  /** layers are put back into float until the output diverges by less (nats a frame) */
  mostDivergence?: number;
}

/** Changes fewer words than can be told from none on any of the models here. */
export const MOST_DIVERGENCE = 0.01;

export interface LayerCost {
  /** node of the product */
  name: string;
  /** of the output when this product alone is quantised, nats a frame */
  divergence: number;
}

export interface Quantised {
  model: OnnxModel;
  /** nodes of products that stay in float */
  kept: string[];
  /** of the whole model, nats a frame */
  divergence: number;
  /** most costly first; empty where nothing had to be put back */
  layers: LayerCost[];
}

/** @param examples at least one */
export async function quantise(model: OnnxModel, options: QuantiseOptions): Promise<Quantised> {
  const { method, examples, mostDivergence = MOST_DIVERGENCE } = options;
  const vocabulary = Number(model.metadata.vocab_size) + 1;
  const reference = await sayAll(model, examples);
  const divergenceOf = async (other: OnnxModel) => meanDivergence(reference, await sayAll(other, examples), vocabulary);
  if (method === 'fp16') {
    const halved = float16Constants(model);
    return { model: halved, kept: [], divergence: await divergenceOf(halved), layers: [] };
  }
  if (method === 'static' && options.integers) {
    const trained = integerGraph(model, options.integers);
    return { model: trained, kept: [], divergence: await divergenceOf(trained), layers: [] };
  }
  const all = productsOf(model);
  // Only the weights of the first one: its input, the log-mel features, has no bounds that calibration could see.
  const candidates = method === 'static' ? all.slice(1) : all;
  const apply = await methodOf(model, options, candidates);
  const result = async (quantised: readonly Product[], layers: LayerCost[]): Promise<Quantised> => {
    const changed = apply(quantised);
    const kept = candidates.filter((product) => !quantised.includes(product)).map(({ node }) => node.name);
    return { model: changed, kept, divergence: await divergenceOf(changed), layers };
  };

  let best = await result(candidates, []);
  if (best.divergence <= mostDivergence) return best;
  const layers: LayerCost[] = [];
  for (const product of candidates)
    layers.push({ name: product.node.name, divergence: await divergenceOf(apply([product])) });
  layers.sort((a, b) => b.divergence - a.divergence);
  for (let back = 1; back <= layers.length && best.divergence > mostDivergence; back++) {
    const inFloat = new Set(layers.slice(0, back).map(({ name }) => name));
    best = await result(
      candidates.filter(({ node }) => !inFloat.has(node.name)),
      layers,
    );
  }
  return best;
}

async function methodOf(
  model: OnnxModel,
  { method, examples, reducedRange = false }: QuantiseOptions,
  candidates: readonly Product[],
): Promise<(products: readonly Product[]) => OnnxModel> {
  const greatest = reducedRange ? REDUCED_RANGE : FULL_RANGE;
  if (method === 'dynamic') return (products) => dynamicInt8(model, products, greatest);
  if (method === 'static') {
    const ranges = await calibrate(model, candidates, examples);
    const first = productsOf(model).slice(0, 1);
    return (products) => staticInt8(dequantisedWeights(model, first), products, ranges, greatest);
  }
  return (products) => weightBlocks(model, products, method === 'weights8' ? 8 : 4, INTEGER_ROWS);
}
