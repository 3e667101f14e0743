import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { type Body, floats, type Input, ints, relativeDifference, runOnCpu, runTraced } from './compare.js';

type Case = [name: string, inputs: Record<string, Input>, body: Body];

const positive = (shape: number[], seed = 1): Input => {
  const input = floats(shape, seed);
  return { ...input, values: (input.values as Float32Array).map((v) => Math.abs(v) + 0.1) };
};
const ab = { a: floats([2, 3, 4], 1), b: floats([2, 3, 4], 2) };
const rows = { a: floats([2, 3, 4], 1), b: floats([4], 2) };
const x = { x: floats([2, 3, 4]) };

const binary: Case[] = (['add', 'sub', 'mul', 'maximum', 'minimum', 'squaredDifference'] as const).flatMap(
  (op): Case[] => [
    [op, ab, ({ a, b }) => ({ y: tf[op](a, b) })],
    [`${op}, broadcast`, rows, ({ a, b }) => ({ y: tf[op](a, b) })],
  ],
);
const compared: Case[] = (['greater', 'greaterEqual', 'less', 'lessEqual', 'equal', 'notEqual'] as const).map(
  (op): Case => [
    op,
    { a: ints([5], [1, 2, 3, 4, 5]), b: ints([5], [5, 2, 1, 4, 9]) },
    ({ a, b }) => ({ y: tf.cast(tf[op](a, b), 'float32') }),
  ],
);
const unary: Case[] = (
  ['neg', 'abs', 'sign', 'floor', 'round', 'exp', 'sigmoid', 'tanh', 'relu', 'square', 'step'] as const
).map((op): Case => [op, x, ({ x }) => ({ y: tf[op](x) })]);
const positiveUnary: Case[] = (['sqrt', 'rsqrt', 'log', 'reciprocal'] as const).map(
  (op): Case => [op, { x: positive([2, 3, 4]) }, ({ x }) => ({ y: tf[op](x) })],
);
const reductions: Case[] = (['sum', 'mean', 'max', 'min', 'prod'] as const).flatMap((op): Case[] => [
  [`${op} over one axis`, x, ({ x }) => ({ y: tf[op](x, 1) })],
  [`${op} over all`, x, ({ x }) => ({ y: tf[op](x) })],
  [`${op} over the last, kept`, x, ({ x }) => ({ y: tf[op](x, -1, true) })],
]);
const products: Case[] = [
  ['plain', [2, 3, 4], [2, 4, 5], false, false],
  ['second transposed', [2, 3, 4], [2, 5, 4], false, true],
  ['first transposed', [2, 4, 3], [2, 4, 5], true, false],
  ['both transposed', [2, 4, 3], [2, 5, 4], true, true],
  ['one matrix', [3, 4], [4, 5], false, false],
  ['one matrix, first transposed', [4, 3], [4, 5], true, false],
  ['one matrix, second transposed', [3, 4], [5, 4], false, true],
].map(
  ([name, a, b, ta, tb]): Case => [
    `matMul, ${name}`,
    { a: floats(a as number[], 1), b: floats(b as number[], 2) },
    ({ a, b }) => ({ y: tf.matMul(a, b, ta as boolean, tb as boolean) }),
  ],
);
const layout: Case[] = [
  ['reshape', x, ({ x }) => ({ y: tf.reshape(x, [6, -1]) })],
  ['expandDims', x, ({ x }) => ({ y: tf.expandDims(x, -1), z: tf.expandDims(x, 1) })],
  ['transpose', x, ({ x }) => ({ y: tf.transpose(x, [2, 0, 1]) })],
  ['tile', x, ({ x }) => ({ y: tf.tile(x, [1, 2, 3]) })],
  ['slice', x, ({ x }) => ({ y: tf.slice(x, [0, 1, 2], [2, 2, -1]) })],
  ['split', x, ({ x }) => Object.fromEntries(tf.split(x, [1, 3], 2).map((t, i) => [`y${i}`, t]))],
  ['concat', ab, ({ a, b }) => ({ y: tf.concat([a, b], 1) })],
  [
    'pad',
    x,
    ({ x }) => ({
      y: tf.pad(
        x,
        [
          [0, 0],
          [2, 1],
          [0, 3],
        ],
        -5,
      ),
    }),
  ],
  ['where', ab, ({ a, b }) => ({ y: tf.where(tf.greater(a, 0), a, b) })],
  ['cast', x, ({ x }) => ({ y: tf.cast(tf.cast(tf.mul(x, 10), 'int32'), 'float32') })],
  ['fill, zerosLike and onesLike', x, ({ x }) => ({ y: tf.fill([100], 3), z: tf.zerosLike(x), o: tf.onesLike(x) })],
  [
    'literals, long and uniform ones too',
    x,
    ({ x }) => ({ y: tf.add(x, tf.tensor([1, 2, 3, 4])), z: tf.mul(tf.ones([100]), 2) }),
  ],
];
const softmaxes: Case[] = [
  ['softmax', x, ({ x }) => ({ y: tf.softmax(x) })],
  ['logSoftmax', x, ({ x }) => ({ y: tf.logSoftmax(x) })],
];

describe('traced kernels', () => {
  it.each([...binary, ...compared, ...unary, ...positiveUnary, ...reductions, ...products, ...layout, ...softmaxes])(
    '%s equals TF.js on its CPU backend',
    async (_, inputs, body) => {
      expect(relativeDifference(await runTraced(inputs, body), await runOnCpu(inputs, body))).toBeLessThanOrEqual(1e-4);
    },
  );

  it('records gradients like everything else', async () => {
    const inputs = { x: floats([4, 6], 1), w: floats([6, 3], 2) };
    const body: Body = ({ x, w }) => {
      const loss = (a: tf.Tensor, b: tf.Tensor) =>
        tf.mean(tf.square(tf.softmax(tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D))));
      const [dx, dw] = tf.grads(loss as (...t: tf.Tensor[]) => tf.Tensor)([x, w]);
      return { dx, dw };
    };
    expect(relativeDifference(await runTraced(inputs, body), await runOnCpu(inputs, body))).toBeLessThanOrEqual(1e-4);
  });

  it('refuses to read a value before the graph runs', async () => {
    await expect(runTraced({ x: floats([1]) }, ({ x }) => ({ y: tf.scalar(x.dataSync()[0]) }))).rejects.toMatchObject({
      code: 'AUR_TRACE_READ',
    });
  });
});
