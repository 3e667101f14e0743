import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeModel, encodeModel, type OnnxModel } from '@auricle/bundle';
import { portableModel } from '@auricle/bundle/passes/portable';
import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { matrix, modelOf, op, outputsOf } from '../graphs.js';

const own = 'com.microsoft';
const model = (): OnnxModel =>
  modelOf(
    ['N', 6, 4],
    { y: ['N', 6, 6], z: ['N', 6, 4], v: ['N', 4, 4] },
    [
      op('g', 'QuickGelu', ['x'], { alpha: { float: 1 } }, own),
      op('z', 'QuickGelu', ['g'], { alpha: { float: 1.7 } }, own),
      op('y', 'FusedMatMul', ['x', 'g'], { transB: { int: 1 }, alpha: { float: 0.25 } }, own),
      op('v', 'FusedMatMul', ['x', 'z'], { transA: { int: 1 } }, own),
    ],
    [],
  );

describe('a portable model', () => {
  it('computes the same in ONNX’s own operators', async () => {
    const portable = portableModel(model(), 'test');
    expect(portable.graph.nodes.every(({ domain }) => domain === '')).toBe(true);
    expect(portable.opsets).toEqual({ '': 17 });
    expect(portable.graph.inputs[0].dims).toEqual([1, 6, 4]);
    const x = matrix('x', [1, 6, 4], 3);
    const [before, after] = [await outputsOf(model(), x), await outputsOf(portable, x)];
    for (const [i, values] of before.entries())
      for (const [at, value] of values.entries()) expect(after[i][at]).toBeCloseTo(value, 5);
  });

  it('is made of the bundled float model, and not of integer products', async () => {
    const read = async (file: string) =>
      decodeModel(await readFile(join(import.meta.dirname, '../../../models/digits-en', file)), file);
    const portable = portableModel(await read('model.onnx'), 'model.onnx');
    const session = await ort.InferenceSession.create(encodeModel(portable), { logSeverityLevel: 3 });
    expect(session.inputNames).toHaveLength(5);
    await session.release();
    const int8 = await read('model.int8.onnx');
    expect(() => portableModel(int8, 'model.int8.onnx')).toThrow(
      expect.objectContaining({
        code: 'AUR_ONNX_UNSUPPORTED',
        message: expect.stringContaining('com.microsoft:MatMulIntegerToFloat'),
      }),
    );
  });
});
