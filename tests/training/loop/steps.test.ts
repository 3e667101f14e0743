import type { LoadedBatch } from '@auricle/training/data/loader-thread';
import { type StepBatches, stepsOf } from '@auricle/training/loop/steps';
import { describe, expect, it } from 'vitest';

const loaded = (frames: number, leftOut: Record<string, number> = {}): LoadedBatch => ({
  made: {
    batch: {
      features: Float32Array.of(frames),
      frameLengths: Int32Array.of(frames, 0),
      labels: new Int32Array(2),
      labelLengths: new Int32Array(2),
      chunk: 4,
      views: 1,
    },
    seconds: frames / 10,
  },
  leftOut,
});

async function stepsFrom(batches: readonly LoadedBatch[], accumulate: number): Promise<StepBatches[]> {
  const steps: StepBatches[] = [];
  async function* source() {
    yield* batches;
  }
  for await (const step of stepsOf(source(), accumulate)) steps.push(step);
  return steps;
}
const framesOf = ({ batches }: StepBatches) => batches.map(({ frameLengths }) => frameLengths[0]);

describe('stepsOf', () => {
  it('groups batches, the last ones of an epoch too', async () => {
    const steps = await stepsFrom(
      [1, 2, 3, 4, 5].map((frames) => loaded(frames)),
      2,
    );
    expect(steps.map(framesOf)).toEqual([[1, 2], [3, 4], [5]]);
    expect(steps.map((step) => step.loaded)).toEqual([2, 2, 1]);
    expect(steps[0].seconds).toBeCloseTo(0.3);
  });

  it('leaves out batches of nothing, but counts them and what they lost', async () => {
    const lost = { AUR_AUDIO_MISSING: 2 };
    const steps = await stepsFrom([loaded(1), loaded(0, lost), loaded(0, lost), loaded(0)], 2);
    expect(steps.map(framesOf)).toEqual([[1], []]);
    expect(steps.map((step) => step.loaded)).toEqual([2, 2]);
    expect(steps.map((step) => step.leftOut)).toEqual([lost, lost]);
  });

  it('is nothing of nothing', async () => {
    expect(await stepsFrom([], 3)).toEqual([]);
  });
});
