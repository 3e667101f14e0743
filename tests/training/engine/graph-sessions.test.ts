import { GraphSessions } from '@auricle/training/engine/graph-sessions';
import * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-node';
import { expect, it } from 'vitest';

it('keeps the graphs that were used last, and makes those anew that it let go', async () => {
  const sessions = new GraphSessions('cpu', 2);
  const traced: number[] = [];
  /** Adds `count` to 1. */
  const use = async (count: number) => {
    const result = await sessions.run(
      `add ${count}`,
      { x: new ort.Tensor('float32', Float32Array.of(1), [1]) },
      ({ x }) => {
        traced.push(count);
        return { y: tf.add(x, count) };
      },
    );
    return result('y')[0];
  };
  const values = [];
  for (const count of [1, 2, 1, 3, 1, 2, 3]) values.push(await use(count));
  await sessions.close();
  expect(values).toEqual([2, 3, 2, 4, 2, 3, 4]);
  expect(traced).toEqual([1, 2, 3, 2, 3]);
});
