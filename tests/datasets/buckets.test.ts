import { type Bucket, EMPTY_ROW, epochBatches, planBuckets } from '@auricle/datasets';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const anyPlan = fc.record({
  lengths: fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 80 }),
  options: fc.record({
    buckets: fc.integer({ min: 1, max: 6 }),
    framesPerBatch: fc.integer({ min: 1, max: 2000 }),
    multipleOf: fc.integer({ min: 1, max: 32 }),
  }),
});

const paddedFrames = (buckets: Bucket[]) => buckets.reduce((sum, b) => sum + b.frames * b.members.length, 0);

describe('planBuckets', () => {
  it('cuts where the padding is least', () => {
    const lengths = [10, 11, 12, 50, 52, 98, 99, 100];
    const buckets = planBuckets(lengths, { buckets: 3, framesPerBatch: 200, multipleOf: 1 });
    expect(buckets).toEqual([
      { frames: 12, batchSize: 16, members: [0, 1, 2] },
      { frames: 52, batchSize: 3, members: [3, 4] },
      { frames: 100, batchSize: 2, members: [5, 6, 7] },
    ]);
  });

  it('holds every utterance once, in the shortest bucket that it fits', () => {
    fc.assert(
      fc.property(anyPlan, ({ lengths, options }) => {
        const buckets = planBuckets(lengths, options);
        expect(buckets.length).toBeLessThanOrEqual(options.buckets);
        const members = buckets.flatMap((b) => b.members);
        expect(members.sort((a, b) => a - b)).toEqual(lengths.map((_, i) => i));
        buckets.forEach(({ frames, batchSize, members: own }, b) => {
          expect(frames % options.multipleOf).toBe(0);
          expect(batchSize).toBe(Math.max(1, Math.floor(options.framesPerBatch / frames)));
          expect(own.length).toBeGreaterThan(0);
          for (const i of own) {
            expect(lengths[i]).toBeLessThanOrEqual(frames);
            if (b > 0) expect(lengths[i]).toBeGreaterThan(buckets[b - 1].frames);
          }
        });
      }),
    );
  });

  it('pads as little as the best of all cuts', () => {
    /** Every choice of `groups` cuts, tried one by one. */
    const leastOfAll = (sorted: number[], groups: number): number => {
      if (sorted.length === 0) return 0;
      if (groups === 1) return sorted[sorted.length - 1] * sorted.length;
      return Math.min(...sorted.map((size, i) => size * (i + 1) + leastOfAll(sorted.slice(i + 1), groups - 1)));
    };
    const lengths = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(lengths, fc.integer({ min: 1, max: 4 }), (frameCounts, buckets) => {
        const plan = planBuckets(frameCounts, { buckets, framesPerBatch: 100, multipleOf: 1 });
        expect(paddedFrames(plan)).toBe(
          leastOfAll(
            frameCounts.toSorted((a, b) => a - b),
            buckets,
          ),
        );
      }),
    );
  });

  it('plans nothing for nothing', () => {
    expect(planBuckets([], { buckets: 4, framesPerBatch: 100, multipleOf: 8 })).toEqual([]);
  });

  it.each([
    ['buckets', 0],
    ['framesPerBatch', 0.5],
    ['multipleOf', Number.NaN],
  ])('refuses %s of %s', (name, value) => {
    const options = { buckets: 2, framesPerBatch: 100, multipleOf: 8, [name]: value };
    const act = () => planBuckets([1], options);
    expect(act).toThrow(expect.objectContaining({ code: 'AUR_BUCKETS_OPTION' }));
    expect(act).toThrow(`${name} is ${value}: expected a whole number from 1`);
  });

  it('refuses a length that is no number', () => {
    const act = () => planBuckets([5, Number.NaN], { buckets: 1, framesPerBatch: 1, multipleOf: 1 });
    expect(act).toThrow('frameCounts[1] is NaN');
  });
});

describe('epochBatches', () => {
  it('deals every member once, in batches of exactly the shapes of the buckets', () => {
    fc.assert(
      fc.property(anyPlan, fc.nat(), fc.nat(), ({ lengths, options }, seed, epoch) => {
        const buckets = planBuckets(lengths, options);
        const batches = epochBatches(buckets, seed, epoch);
        buckets.forEach(({ batchSize, members }, b) => {
          const own = batches.filter(({ bucket }) => bucket === b);
          for (const batch of own) {
            expect(batch.members).toHaveLength(batchSize);
            const firstEmpty = batch.members.indexOf(EMPTY_ROW);
            if (firstEmpty >= 0) expect(batch.members.slice(firstEmpty).every((m) => m === EMPTY_ROW)).toBe(true);
            expect(firstEmpty).not.toBe(0);
          }
          const dealt = own.flatMap((batch) => batch.members).filter((m) => m !== EMPTY_ROW);
          expect(dealt.sort((x, y) => x - y)).toEqual(members);
          expect(own).toHaveLength(Math.ceil(members.length / batchSize));
        });
      }),
    );
  });

  const buckets = planBuckets(
    Array.from({ length: 200 }, (_, i) => i + 1),
    { buckets: 4, framesPerBatch: 400, multipleOf: 4 },
  );

  it('depends on seed and epoch only', () => {
    expect(epochBatches(buckets, 1, 3)).toEqual(epochBatches(buckets, 1, 3));
    expect(epochBatches(buckets, 1, 3)).not.toEqual(epochBatches(buckets, 1, 4));
    expect(epochBatches(buckets, 1, 3)).not.toEqual(epochBatches(buckets, 2, 3));
  });

  it('mixes buckets, and members within a bucket', () => {
    const batches = epochBatches(buckets, 1, 0);
    const order = batches.map((b) => b.bucket);
    expect(order).not.toEqual(order.toSorted((a, b) => a - b));
    // Batches of neighbours would meet the same company every epoch.
    const companies = batches
      .filter((batch) => batch.bucket === 0)
      .map(({ members }) => members.filter((m) => m !== EMPTY_ROW));
    expect(companies.some((members) => Math.max(...members) - Math.min(...members) >= members.length)).toBe(true);
  });
});
