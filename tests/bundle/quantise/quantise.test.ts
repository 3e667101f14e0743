import {
  dequantisedWeights,
  dynamicInt8,
  FULL_RANGE,
  float16Bits,
  float16Constants,
  floatTensor,
  floatValues,
  integerBlocks,
  integerColumns,
  type OnnxModel,
  type OnnxTensor,
  productsOf,
  REDUCED_RANGE,
  staticInt8,
  weightBlocks,
} from '@auricle/bundle';
import { describe, expect, it } from 'vitest';
import { largestDifference, matrix, modelOf, op, operatorsOf, outputsOf } from '../graphs.js';

const [ROWS, COLUMNS] = [96, 32];

/** y = ½ (x · w + b), z = relu(y) · v: a Gemm with factors and a MatMul. */
const model = (): OnnxModel =>
  modelOf(
    ['N', ROWS],
    { z: ['N', ROWS] },
    [
      op('y', 'Gemm', ['x', 'w', 'b'], { alpha: { float: 0.5 }, beta: { float: 0.5 } }),
      op('r', 'Relu', ['y']),
      op('z', 'MatMul', ['r', 'v']),
    ],
    [matrix('w', [ROWS, COLUMNS], 1), matrix('b', [COLUMNS], 2), matrix('v', [COLUMNS, ROWS], 3)],
  );

const ranges = new Map([
  ['x', [-4.5, 4.5] as [number, number]],
  ['r', [0, 25] as [number, number]],
]);
const METHODS: Record<
  string,
  [change: (m: OnnxModel) => OnnxModel, operator: string, tolerance: number, independent: boolean]
> = {
  static: [(m) => staticInt8(m, productsOf(m), ranges), 'MatMulIntegerToFloat', 0.03, true],
  'static, 7 bits': [(m) => staticInt8(m, productsOf(m), ranges, REDUCED_RANGE), 'MatMulIntegerToFloat', 0.04, true],
  dynamic: [(m) => dynamicInt8(m, productsOf(m)), 'DynamicQuantizeMatMul', 0.03, false],
  'weights in 8 bits': [(m) => weightBlocks(m, productsOf(m), 8, 4), 'MatMulNBits', 0.02, true],
  'weights in 4 bits': [(m) => weightBlocks(m, productsOf(m), 4, 4), 'MatMulNBits', 0.2, true],
  'weights in 8 bits, made float on load': [(m) => dequantisedWeights(m, productsOf(m)), 'Cast', 0.02, true],
  'constants of 16 bits': [float16Constants, 'Cast', 0.002, true],
};

describe.each(Object.entries(METHODS))('%s', (_, [change, operator, tolerance, independent]) => {
  it('stays close to the float model', async () => {
    const x = matrix('x', [12, ROWS], 5);
    const [exact] = await outputsOf(model(), x);
    const [quantised] = await outputsOf(change(model()), x);
    const spread = Math.max(...exact) - Math.min(...exact);
    const difference = largestDifference(exact, quantised) / spread;
    expect(difference).toBeGreaterThan(0);
    expect(difference).toBeLessThan(tolerance);
  });

  it(`makes use of ${operator}, and keeps interface and names`, () => {
    const changed = change(model());
    expect(operatorsOf(changed).filter((name) => name === operator).length).toBeGreaterThanOrEqual(2);
    expect(changed.graph.inputs).toEqual(model().graph.inputs);
    expect(changed.graph.outputs).toEqual(model().graph.outputs);
    expect(changed.graph.nodes.map(({ name }) => name)).toEqual(expect.arrayContaining(['y', 'r', 'z']));
  });

  it(`${independent ? 'keeps' : 'does not keep'} rows independent of those that share their batch`, async () => {
    const x = matrix('x', [2, ROWS], 6);
    const louder = floatTensor(
      'x',
      [2, ROWS],
      floatValues(x).map((v, i) => (i < ROWS ? v : 40 * v)),
    );
    const first = (values: Float32Array) => values.subarray(0, ROWS);
    const [[alone], [beside]] = [await outputsOf(change(model()), x), await outputsOf(change(model()), louder)];
    const difference = largestDifference(first(alone), first(beside));
    if (independent) expect(difference).toBeLessThan(1e-4);
    else expect(difference).toBeGreaterThan(0.1);
  });
});

describe('integers of 7 bits', () => {
  it('cannot overflow 16 bits in pairs of products', () => {
    const int8 = METHODS['static, 7 bits'][0](model()).graph.initializers.filter(({ type }) => type === 'int8');
    const greatest = Math.max(
      ...int8.flatMap(({ data }) => [...new Int8Array(new Uint8Array(data).buffer)].map(Math.abs)),
    );
    expect(greatest).toBe(REDUCED_RANGE);
    expect(2 * 255 * greatest).toBeLessThan(2 ** 15);
  });
});

describe('integers in blocks', () => {
  it.each([4, 8] as const)('of %i bits are no further from the weights than half a step', (bits) => {
    const weight = matrix('w', [40, 3], 7);
    const [integers, scales] = integerBlocks(weight, bits, 16);
    expect(integers.dims).toEqual([3, 3, 2 * bits]);
    const values = floatValues(weight);
    const steps = floatValues(scales);
    for (let column = 0; column < 3; column++)
      for (let row = 0; row < 40; row++) {
        const block = column * 3 + Math.floor(row / 16);
        const at = row % 16;
        const byte = integers.data[block * 2 * bits + (bits === 8 ? at : at >> 1)];
        const integer = bits === 8 ? byte : at % 2 === 0 ? byte & 15 : byte >> 4;
        const back = (integer - 2 ** (bits - 1)) * steps[block];
        // The one of greatest magnitude but other sign may lack one step.
        expect(Math.abs(back - values[row * 3 + column])).toBeLessThanOrEqual(Math.abs(steps[block]) * 1.0001);
      }
  });

  it('hold the value of greatest magnitude exactly', () => {
    const [integers, scales] = integerBlocks(floatTensor('w', [16, 1], [0.5, -8, ...new Array(14).fill(0)]), 4, 16);
    expect(floatValues(scales)[0]).toBe(1);
    expect([integers.data[0] & 15, integers.data[0] >> 4]).toEqual([9, 0]);
  });
});

describe('a 16-bit float', () => {
  // As IEEE 754 has them; numpy's float16 gives the same.
  it.each([
    [0, 0x0000],
    [-0, 0x8000],
    [1, 0x3c00],
    [-2, 0xc000],
    [65_504, 0x7bff],
    [65_519.99, 0x7bff],
    [65_520, 0x7c00],
    [2 ** -14, 0x0400],
    [2 ** -24, 0x0001],
    [2 ** -25, 0x0000],
    [3 * 2 ** -25, 0x0002],
    [1 / 3, 0x3555],
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
    [2047.9, 0x6800],
    [Number.NaN, 0x7e00],
    [Number.NEGATIVE_INFINITY, 0xfc00],
  ])('of %d has the bits %i', (value, bits) => {
    expect(float16Bits(value)).toBe(bits);
  });
});

describe('constants of 16 bits', () => {
  it('are left at 32 where a value would become infinite', () => {
    const huge = model();
    huge.graph.initializers[0] = floatTensor('w', [ROWS, COLUMNS], new Float32Array(ROWS * COLUMNS).fill(7e4));
    const halved = float16Constants(huge).graph.initializers;
    expect(halved.map(({ name, type }) => [name, type])).toEqual([
      ['w', 'float32'],
      ['b', 'float32'],
      ['v.float16', 'float16'],
    ]);
  });
});

describe('weights in 8 bits, made float on load', () => {
  it('multiply activations that nobody rounds', async () => {
    const x = matrix('x', [12, ROWS], 5);
    const rounded = (weight: OnnxTensor): OnnxTensor => {
      const [integers, scales] = integerColumns(weight, FULL_RANGE);
      const [values, steps] = [new Int8Array(new Uint8Array(integers.data).buffer), floatValues(scales)];
      return floatTensor(
        weight.name,
        weight.dims,
        Float32Array.from(values, (v, i) => v * steps[i % steps.length]),
      );
    };
    const plain = model();
    plain.graph.initializers = plain.graph.initializers.map((c) => (c.dims.length === 2 ? rounded(c) : c));
    const [byHand] = await outputsOf(plain, x);
    const [ours] = await outputsOf(dequantisedWeights(model(), productsOf(model())), x);
    expect(largestDifference(byHand, ours)).toBeLessThan(1e-4);
  });
});
