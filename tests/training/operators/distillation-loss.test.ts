import { hiddenLoss, logProbLoss, teacherBlock } from '@auricle/training/operators/distillation-loss';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { type Body, floats, type Input, runOnCpu, runTraced } from '../tracing/compare.js';

const [batch, frames, vocabulary, width] = [2, 3, 4, 5];
const MASK = [1, 1, 0, 1, 1, 1];
const inputs: Record<string, Input> = {
  student: floats([batch, frames, vocabulary], 3),
  teacher: floats([batch, frames, vocabulary], 4),
  mask: { shape: [batch, frames], type: 'float32', values: Float32Array.from(MASK) },
};
const values = (name: string) => inputs[name].values as Float32Array;

const ours: Body = (t) => {
  const { value, grad } = tf.valueAndGrad((x) =>
    logProbLoss(x as tf.Tensor3D, t.teacher as tf.Tensor3D, t.mask as tf.Tensor2D),
  )(t.student) as unknown as { value: tf.Tensor; grad: tf.Tensor };
  return { value, gradient: grad };
};

const softmax = (row: number[]) => {
  const powers = row.map(Math.exp);
  return powers.map((p) => p / powers.reduce((a, b) => a + b));
};
const rowOf = (name: string, frame: number) => [...values(name).subarray(frame * vocabulary, (frame + 1) * vocabulary)];

describe('the loss of the output', () => {
  it.each([
    ['on the CPU', runOnCpu],
    ['traced', runTraced],
  ])('is the divergence from the teacher, and its gradient the difference of the distributions, %s', async (_, run) => {
    const { value, gradient } = await run(inputs, ours);
    let expected = 0;
    MASK.forEach((counts, frame) => {
      const [p, q] = [softmax(rowOf('teacher', frame)), softmax(rowOf('student', frame))];
      p.forEach((share, i) => {
        expected += counts * share * Math.log(share / q[i]);
        expect(gradient.values[frame * vocabulary + i]).toBeCloseTo(counts * (q[i] - share), 5);
      });
    });
    expect(expected).toBeGreaterThan(0.1);
    expect(value.values[0]).toBeCloseTo(expected, 4);
  });
});

describe('the loss of the residual streams', () => {
  it('is the mean square of what lies between blocks at the same share of the depth', async () => {
    const streams = Object.fromEntries(
      ['s0', 's1', 't0', 't1', 't2', 't3'].map((name, seed) => [name, floats([batch * frames, width], seed)]),
    );
    const { loss } = await runOnCpu({ ...streams, mask: inputs.mask }, (t) => ({
      loss: hiddenLoss([t.s0, t.s1] as tf.Tensor2D[], [t.t0, t.t1, t.t2, t.t3] as tf.Tensor2D[], t.mask as tf.Tensor2D),
    }));
    const apart = (a: string, b: string) =>
      (streams[a].values as Float32Array).reduce(
        (sum, v, i) => sum + (MASK[Math.floor(i / width)] * (v - (streams[b].values as Float32Array)[i]) ** 2) / width,
        0,
      );
    expect(loss.values[0]).toBeCloseTo((apart('s0', 't1') + apart('s1', 't3')) / 2, 4);
  });

  it.each([
    [3, 3, [0, 1, 2]],
    [2, 6, [2, 5]],
    [4, 2, [0, 0, 1, 1]],
    [3, 4, [0, 2, 3]],
  ])('holds %i blocks against %i', (student, teacher, blocks) => {
    expect(blocks.map((_, block) => teacherBlock(block, student, teacher))).toEqual(blocks);
  });
});
