import { findMost } from '@auricle/cli/load/find-most';
import fc from 'fast-check';
import { expect, it } from 'vitest';

const NO_LIMIT = 1_000_000;

it('finds the most streams that are held to 4 %, in few trials, and never more than are held', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 20_000 }), fc.integer({ min: 1, max: 500 }), async (held, first) => {
      const tried: number[] = [];
      const trial = async (streams: number) => {
        tried.push(streams);
        return streams;
      };
      const { most, figures } = await findMost(first, NO_LIMIT, trial, (streams) => streams <= held);
      expect(most).toBeLessThanOrEqual(held);
      expect(held - most).toBeLessThanOrEqual(0.04 * held);
      expect(figures).toBe(most === 0 ? undefined : most);
      expect(new Set(tried).size).toBe(tried.length);
      expect(tried.length).toBeLessThan(30);
    }),
  );
});

it('goes no further than the limit', async () => {
  expect(
    (
      await findMost(
        10,
        33,
        async (streams) => streams,
        () => true,
      )
    ).most,
  ).toBe(33);
});
