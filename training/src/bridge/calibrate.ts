/** A float model and audio go in, the range of every activation that can be quantised comes out. */
import type { OnnxModel, OnnxValue, Product, Range } from '@auricle/bundle';
import type { Example } from '../data/example.js';
import { runExamples } from './run-examples.js';

/** Runs examples through the float graph and notes the range of every activation that a product reads.
 *  @returns activation name -> range */
export async function calibrate(
  model: OnnxModel,
  products: readonly Product[],
  examples: readonly Pick<Example, 'features' | 'frames'>[],
): Promise<Map<string, Range>> {
  const activations = new Map(
    products.map(({ input, weight }): [string, OnnxValue] => [
      input,
      { name: input, type: 'float32', dims: [`${input}.rows`, weight.dims[0]] },
    ]),
  );
  const watched: OnnxModel = {
    ...model,
    graph: { ...model.graph, outputs: [...model.graph.outputs, ...activations.values()] },
  };
  // Zero must be exact, for the caches begin with it.
  const ranges = new Map([...activations.keys()].map((name): [string, Range] => [name, [0, 0]]));
  await runExamples(watched, examples, (outputs) => {
    for (const [name, range] of ranges)
      for (const value of outputs[name].data as Float32Array) {
        if (value < range[0]) range[0] = value;
        if (value > range[1]) range[1] = value;
      }
  });
  return ranges;
}
