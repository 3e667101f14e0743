import { decodeModel, encodeModel, type OnnxModel } from '@auricle/bundle/onnx';
import { productsOf, staticInt8 } from '@auricle/bundle/quantise/index';
import { type ModelSpec, modelConfigSchema, parameterSpecs } from '@auricle/training';
import { NETWORK_KEY } from '@auricle/training/bridge/network-text';
import { readWeights } from '@auricle/training/bridge/read-weights';
import { streamingGraph } from '@auricle/training/bridge/streaming-graph';
import { initialWeights } from '@auricle/training/model/init';
import { describe, expect, it } from 'vitest';

const spec: ModelSpec = {
  config: modelConfigSchema.parse({
    // Biases of more than 64 zeros, which a graph would otherwise make out of one.
    width: 72,
    blocks: 2,
    heads: 4,
    keyValueHeads: 2,
    feedForward: 2,
    convolution: 3,
    leftContext: 8,
    intermediate: [1],
    selfConditioned: true,
  }),
  vocabulary: 9,
  features: { mean: Array.from({ length: 80 }, (_, i) => -6 - i / 3), deviation: new Array(80).fill(0.1 + 0.2) },
};
const weights = initialWeights(parameterSpecs(spec), 3);
const model = (): OnnxModel => decodeModel(encodeModel(streamingGraph(spec, weights, 4)), 'model');

describe('the weights of an exported model', () => {
  it('are those that it was made of, bit for bit, and so is its network', () => {
    const read = readWeights(model());
    expect(read.spec).toEqual(spec);
    expect(Buffer.compare(Buffer.from(read.weights.buffer), Buffer.from(weights.buffer))).toBe(0);
    const again = streamingGraph(read.spec, read.weights, 4);
    expect(Buffer.compare(encodeModel(again), encodeModel(model()))).toBe(0);
  });

  it('are the same whatever the chunk', () => {
    expect(readWeights(streamingGraph(spec, weights, 8)).weights).toEqual(weights);
  });

  it('are those of an int8 model to half a step of its integers', () => {
    const float = model();
    const products = productsOf(float);
    const ranges = new Map(products.map(({ input }) => [input, [-1, 1] as [number, number]]));
    const read = readWeights(decodeModel(encodeModel(staticInt8(float, products, ranges)), 'model'));
    expect(read.spec).toEqual(spec);
    let at = 0;
    let changed = 0;
    for (const { name, shape } of parameterSpecs(spec)) {
      const size = shape.reduce((a, b) => a * b, 1);
      const [before, after] = [weights, read.weights].map((flat) => flat.subarray(at, at + size));
      const isProduct = products.some(({ weight }) => weight.name.replace(/\*.*/, '') === name);
      if (!isProduct) expect(after).toEqual(before);
      const columns = shape.at(-1)!;
      const greatest = new Float32Array(columns);
      before.forEach((w, i) => {
        greatest[i % columns] = Math.max(greatest[i % columns], Math.abs(w));
      });
      const wrong = [...after].findIndex((w, i) => Math.abs(w - before[i]) > (greatest[i % columns] / 127) * 0.5001);
      expect(`${name} ${wrong}`).toBe(`${name} -1`);
      if (isProduct) changed++;
      at += size;
    }
    expect(changed).toBe(products.length);
  });

  it('are not looked for in the model of another program', () => {
    const { [NETWORK_KEY]: _, ...metadata } = model().metadata;
    expect(() => readWeights({ ...model(), metadata })).toThrow(/no auricle_network: it was exported by another/);
  });

  it('are refused when one is missing, or is of another shape or type', () => {
    const { graph, ...rest } = model();
    const changed = (change: (name: string) => object | undefined): OnnxModel => ({
      ...rest,
      graph: {
        ...graph,
        initializers: graph.initializers.flatMap((c) => {
          const changes = change(c.name);
          return changes ? [{ ...c, ...changes }] : [];
        }),
      },
    });
    const name = 'block1.attention.out.weight';
    expect(() => readWeights(changed((n) => (n === name ? undefined : {})))).toThrow(
      `${name} is not in it: expected float32 [72,72]`,
    );
    expect(() => readWeights(changed((n) => (n === name ? { dims: [36, 144] } : {})))).toThrow(
      `${name} is float32 [36,144]: expected float32 [72,72]`,
    );
    expect(() => readWeights(changed((n) => (n === name ? { type: 'int8' } : {})))).toThrow(/is int8/);
  });

  it('are refused where the network they belong to is not sound', () => {
    const wrong = { ...model(), metadata: { ...model().metadata, [NETWORK_KEY]: '{"config": {"width": "many"}}' } };
    expect(() => readWeights(wrong)).toThrow(/width/);
  });
});
