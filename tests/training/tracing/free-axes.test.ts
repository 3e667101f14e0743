import { encodeModel, int64Tensor, type OnnxModel, type OnnxNode } from '@auricle/bundle';
import { type InputSpec, trace } from '@auricle/training';
import { traceFreeAxes } from '@auricle/training/tracing/free-axes';
import * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { noise } from './compare.js';

const WIDTH = 3;
type Body = (x: tf.Tensor3D, batch: number, length: number) => tf.Tensor;

function traced(body: Body): OnnxModel {
  const model = traceFreeAxes(
    (batch, length) => {
      const x: InputSpec = { shape: [batch, 2 * length, WIDTH], type: 'float32' };
      return trace('test', { x }, (t) => ({ y: body(t.x as tf.Tensor3D, batch, length) }));
    },
    { batch: 'batch', length: 'length' },
  );
  const node = (op: string, inputs: string[], output: string, attributes: OnnxNode['attributes'] = {}): OnnxNode => ({
    ...{ name: output, op, domain: '', inputs, outputs: [output], attributes },
  });
  const sizes = [
    node('Shape', ['x'], 'batch', { start: { int: 0 }, end: { int: 1 } }),
    node('Shape', ['x'], 'frames', { start: { int: 1 }, end: { int: 2 } }),
    node('Div', ['frames', 'two'], 'length'),
  ];
  return {
    ...model,
    graph: {
      ...model.graph,
      nodes: [...sizes, ...model.graph.nodes],
      initializers: [...model.graph.initializers, int64Tensor('two', [1], [2])],
      inputs: [{ name: 'x', type: 'float32', dims: ['N', 'T', WIDTH] }],
      outputs: [{ name: 'y', type: 'float32', dims: [] }],
    },
  };
}

async function expectSame(body: Body, sizes: readonly [batch: number, length: number][]) {
  const session = await ort.InferenceSession.create(encodeModel(traced(body)), { logSeverityLevel: 3 });
  for (const [batch, length] of sizes) {
    const values = noise(batch * 2 * length * WIDTH, 7);
    const { y } = await session.run({ x: new ort.Tensor('float32', values, [batch, 2 * length, WIDTH]) });
    await tf.setBackend('cpu');
    const expected = tf.tidy(() => body(tf.tensor3d(values, [batch, 2 * length, WIDTH]), batch, length));
    expect(y.dims).toEqual(expected.shape);
    const apart = (await expected.data<'float32'>()).map((v, i) => Math.abs(v - (y.data as Float32Array)[i]));
    expect(Math.max(...apart)).toBeLessThan(1e-6);
    expected.dispose();
  }
  await session.release();
}

const SIZES: [number, number][] = [
  [1, 1],
  [1, 7],
  [4, 33],
  [3, 200],
];

describe('a graph with a free batch size and length', () => {
  it('computes sizes that are sums and products of both', async () => {
    await expectSame((x, batch, length) => {
      const pairs = tf.reshape(x, [batch * length, 2 * WIDTH]);
      const back = tf.reshape(tf.neg(pairs), [batch, length, 2 * WIDTH]);
      const begun = tf.concat([tf.fill([batch, 2, 2 * WIDTH], 0.5), back], 1);
      return tf.slice(begun, [0, 1, 0], [-1, length, -1]);
    }, SIZES);
  });

  it('reshapes to a product of both beside others', async () => {
    await expectSame((x, batch, length) => tf.reshape(tf.abs(x), [3 * length, batch * 2]), SIZES);
  });
});

describe('a size that is no such sum', () => {
  it('is refused', () => {
    expect(() => traced((x, batch, length) => tf.concat([x, tf.fill([batch, length ** 2, WIDTH], 1)], 1))).toThrow(
      expect.objectContaining({ code: 'AUR_TRACE_BATCH' }),
    );
    expect(() =>
      traced((x, batch, length) =>
        tf.add(x, tf.tensor3d(noise(batch * 2 * length * WIDTH), [batch, 2 * length, WIDTH])),
      ),
    ).toThrow(expect.objectContaining({ code: 'AUR_TRACE_BATCH' }));
  });
});
