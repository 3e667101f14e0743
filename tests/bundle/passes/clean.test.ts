import { cleanModel, type OnnxModel } from '@auricle/bundle';
import { describe, expect, it } from 'vitest';
import { indices, largestDifference, matrix, modelOf, op, operatorsOf, outputsOf } from '../graphs.js';

const number = (name: string, value: number) => ({
  ...matrix(name, [], 1),
  data: new Uint8Array(Float32Array.of(value).buffer),
});

/** Cleans, and checks that the results stay. */
async function cleaned(model: OnnxModel, dims: number[]): Promise<OnnxModel> {
  const clean = cleanModel(model);
  const x = matrix('x', dims, 99);
  const [before, after] = [await outputsOf(model, x), await outputsOf(clean, x)];
  before.forEach((values, i) => {
    expect(largestDifference(values, after[i])).toBeLessThan(1e-5);
  });
  return clean;
}

describe('cleaning a graph', () => {
  it('moves the elements of constants once and for all, and calls a row by its weight', async () => {
    const model = modelOf(
      [2, 3],
      { y: [2, 3] },
      [
        op('row', 'Slice', ['w', '[1]', '[2]', '[0]']),
        op('turned', 'Transpose', ['w'], { perm: { ints: [1, 0] } }),
        op('column', 'Slice', ['turned', '[-1]', '[9]', '[1]']),
        op('flat', 'Reshape', ['column', '[1,-1]']),
        op('sum', 'Add', ['x', 'row']),
        op('y', 'Mul', ['sum', 'flat']),
      ],
      [matrix('w', [4, 3], 1), indices(1), indices(2), indices(0), indices(-1), indices(9), indices(1, -1)],
    );
    const clean = await cleaned(model, [2, 3]);
    expect(operatorsOf(clean)).toEqual(['Add', 'Mul']);
    expect(clean.graph.initializers.map(({ name, dims }) => [name, dims])).toEqual([
      ['w[1:2]', [1, 3]],
      ['column:1x3', [1, 3]],
    ]);
  });

  it('keeps an output that is a constant', async () => {
    const model = modelOf(
      [1],
      { y: [2, 1], z: [1] },
      [op('y', 'Transpose', ['w']), op('z', 'Neg', ['x'])],
      [matrix('w', [1, 2], 1)],
    );
    expect(operatorsOf(await cleaned(model, [1]))).toEqual(['Neg', 'Identity']);
  });

  it('joins product, bias and factor to one Gemm that is called after its layer', async () => {
    const model = modelOf(
      ['N', 4],
      { y: ['N', 3] },
      [
        op('product', 'MatMul', ['x', 'block0.out.weight']),
        op('sum', 'Add', ['product', 'bias']),
        op('y', 'Mul', ['sum', 'half']),
      ],
      [matrix('block0.out.weight', [4, 3], 1), matrix('bias', [3], 2), number('half', 0.5)],
    );
    const clean = await cleaned(model, [5, 4]);
    expect(clean.graph.nodes).toMatchObject([
      { name: 'block0/out', op: 'Gemm', outputs: ['y'], attributes: { alpha: { float: 0.5 }, beta: { float: 0.5 } } },
    ]);
  });

  it('leaves a product alone that something else reads too', async () => {
    const model = modelOf(
      [2, 4],
      { y: [2, 3], z: [2, 3] },
      [op('product', 'MatMul', ['x', 'w']), op('y', 'Add', ['product', 'bias']), op('z', 'Neg', ['product'])],
      [matrix('w', [4, 3], 1), matrix('bias', [3], 2)],
    );
    expect(operatorsOf(await cleaned(model, [2, 4]))).toEqual(['MatMul', 'Add', 'Neg']);
  });

  it('makes no Gemm of what is no matrix', () => {
    const model = modelOf(
      [2, 2, 4],
      { y: [2, 2, 3] },
      [op('product', 'MatMul', ['x', 'w']), op('y', 'Add', ['product', 'bias'])],
      [matrix('w', [4, 3], 1), matrix('bias', [3], 2)],
    );
    expect(operatorsOf(cleanModel(model, (value) => value !== 'x'))).toEqual(['MatMul', 'Add']);
  });

  it('gives a product of activations the factor of what it reads', async () => {
    const model = modelOf(
      [2, 3, 4],
      { y: [2, 3, 3] },
      [
        op('scaled', 'Mul', ['x', 'third']),
        op('moved', 'Reshape', ['scaled', '[2,3,4]']),
        op('y', 'FusedMatMul', ['moved', 'x'], { transB: { int: 1 }, alpha: { float: 2 } }, 'com.microsoft'),
      ],
      [number('third', 1 / 3), indices(2, 3, 4)],
    );
    const clean = await cleaned(model, [2, 3, 4]);
    expect(operatorsOf(clean)).toEqual(['Reshape', 'FusedMatMul']);
  });

  it('joins the parts of a logarithm of a softmax', async () => {
    const model = modelOf(
      [3, 5],
      { y: [3, 5] },
      [
        op('greatest', 'ReduceMax', ['x', '[1]'], { keepdims: { int: 1 } }),
        op('shifted', 'Sub', ['x', 'greatest']),
        op('powers', 'Exp', ['shifted']),
        op('sum', 'ReduceSum', ['powers', '[1]'], { keepdims: { int: 1 } }),
        op('log', 'Log', ['sum']),
        op('y', 'Sub', ['shifted', 'log']),
      ],
      [indices(1)],
    );
    expect(operatorsOf(await cleaned(model, [3, 5]))).toEqual(['LogSoftmax']);
  });

  it('makes one Split of slices that share out an axis, and one reshape of two', async () => {
    const cuts = (from: number, to: number) => ['x', `[${from}]`, `[${to}]`, '[1]'];
    const model = modelOf(
      [2, 6],
      { y: [4], z: [2, 4] },
      [
        op('tail', 'Slice', cuts(2, 6)),
        op('head', 'Slice', cuts(0, 2)),
        op('first', 'Reshape', ['head', '[1,4]']),
        op('y', 'Reshape', ['first', '[-1]']),
        op('z', 'Neg', ['tail']),
      ],
      [indices(0), indices(1), indices(2), indices(6), indices(1, 4), indices(-1)],
    );
    const clean = await cleaned(model, [2, 6]);
    expect(operatorsOf(clean).sort()).toEqual(['Neg', 'Reshape', 'Split']);
  });

  it('leaves slices that overlap, or leave something out', async () => {
    const model = modelOf(
      [2, 6],
      { y: [2, 3], z: [2, 3] },
      [op('y', 'Slice', ['x', '[0]', '[3]', '[1]']), op('z', 'Slice', ['x', '[2]', '[5]', '[1]'])],
      [indices(0), indices(1), indices(2), indices(3), indices(5)],
    );
    expect(operatorsOf(await cleaned(model, [2, 6]))).toEqual(['Slice', 'Slice']);
  });

  it('leaves out nodes, constants and last outputs that nothing reads', () => {
    const model = modelOf(
      [2, 3],
      { y: [2, 3] },
      [
        op('dead', 'Neg', ['x']),
        { ...op('y', 'LayerNormalization', ['x', 'gain']), outputs: ['y', 'mean', 'deviation'] },
      ],
      [matrix('gain', [3], 1), matrix('unread', [3], 2)],
    );
    const { nodes, initializers } = cleanModel(model).graph;
    expect(nodes.map(({ outputs }) => outputs)).toEqual([['y']]);
    expect(initializers.map(({ name }) => name)).toEqual(['gain']);
  });
});
