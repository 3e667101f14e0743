import { augmentedLength, augmentPlan, augmentSchema, type PlannedStep, Random } from '@auricle/datasets';
import { describe, expect, it } from 'vitest';

const everything = augmentSchema.parse([
  { kind: 'speed' },
  { kind: 'tempo', probability: 0.5 },
  { kind: 'gain' },
  { kind: 'simulatedRoom', probability: 0.3 },
  { kind: 'recordedRoom' },
  { kind: 'noise' },
  { kind: 'whiteNoise' },
  { kind: 'clipping' },
  { kind: 'telephone' },
  { kind: 'opus' },
  { kind: 'specAugment' },
  { kind: 'specSub' },
]);
const plans = (settings: object[], count: number) =>
  Array.from({ length: count }, (_, seed) => augmentPlan(augmentSchema.parse(settings), new Random(seed)));

describe('augmentPlan', () => {
  it('is repeatable by its seed and plain data, which workers can be sent', () => {
    const plan = augmentPlan(everything, new Random(1));
    expect(augmentPlan(everything, new Random(1))).toEqual(plan);
    expect(augmentPlan(everything, new Random(2))).not.toEqual(plan);
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
  });

  it('keeps the order of the settings', () => {
    const order = everything.map(({ kind }) => kind);
    const kinds = augmentPlan(everything, new Random(3)).map(({ kind }) => kind);
    expect(kinds).toEqual(order.filter((kind) => kinds.includes(kind)));
    expect(kinds).toEqual(expect.arrayContaining(['speed', 'gain', 'noise', 'opus', 'specSub']));
  });

  it('plans a step as often as its probability says', () => {
    const share = (probability: number) => plans([{ kind: 'gain', probability }], 1000).flat().length / 1000;
    expect(share(0)).toBe(0);
    expect(share(1)).toBe(1);
    expect(Math.abs(share(0.3) - 0.3)).toBeLessThan(0.05);
  });

  it('draws all of the factors and the whole of a range', () => {
    const factors = plans([{ kind: 'speed', factors: [0.9, 1, 1.1] }], 100).map(
      ([step]) => 'factor' in step && step.factor,
    );
    expect(new Set(factors)).toEqual(new Set([0.9, 1, 1.1]));
    const levels = plans([{ kind: 'gain', decibels: [-9, 3] }], 300).map(([step]) =>
      'decibels' in step ? step.decibels : 99,
    );
    expect(Math.min(...levels)).toBeGreaterThanOrEqual(-9);
    expect(Math.min(...levels)).toBeLessThan(-8);
    expect(Math.max(...levels)).toBeLessThanOrEqual(3);
    expect(Math.max(...levels)).toBeGreaterThan(2);
  });

  it('draws for each step alone: other settings of one leave the others as they are', () => {
    const other = everything.map((step) => (step.kind === 'simulatedRoom' ? { ...step, probability: 0 } : step));
    for (let seed = 0; seed < 20; seed++) {
      const without = ({ kind }: PlannedStep) => kind !== 'simulatedRoom';
      expect(augmentPlan(other, new Random(seed))).toEqual(augmentPlan(everything, new Random(seed)).filter(without));
    }
  });
});

describe('augmentedLength', () => {
  it('counts what speed and tempo do, one after the other, and nothing else', () => {
    expect(augmentedLength(16_000, 16_000, [{ kind: 'speed', factor: 0.9 }])).toBe(17_778);
    expect(augmentedLength(16_000, 16_000, [{ kind: 'tempo', factor: 1.1 }])).toBe(14_545);
    expect(
      augmentedLength(16_000, 16_000, [
        { kind: 'speed', factor: 0.9 },
        { kind: 'gain', decibels: 3 },
        { kind: 'tempo', factor: 2 },
      ]),
    ).toBe(8889);
    expect(augmentedLength(123, 16_000, [])).toBe(123);
  });
});
