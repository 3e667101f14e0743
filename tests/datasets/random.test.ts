import { forkSeed, Random } from '@auricle/datasets';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const draw = (random: Random, count = 20) => Array.from({ length: count }, () => random.uniform());
const moments = (values: number[]) => {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  return { mean, variance: values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length };
};

describe('Random', () => {
  it('gives the same numbers for the same seed and others for another', () => {
    expect(draw(new Random(7))).toEqual(draw(new Random(7)));
    expect(draw(new Random(7))).not.toEqual(draw(new Random(8)));
  });

  it('goes on from a state that went through JSON', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat({ max: 50 }), (seed, steps) => {
        const random = new Random(seed);
        draw(random, steps);
        const copy = new Random(0);
        copy.state = JSON.parse(JSON.stringify(random.state));
        expect(draw(copy)).toEqual(draw(random));
      }),
    );
  });

  it('draws uniformly from [0, 1)', () => {
    const values = draw(new Random(1), 100_000);
    expect(Math.min(...values.slice(0, 50_000))).toBeGreaterThanOrEqual(0);
    expect(values.every((v) => v < 1)).toBe(true);
    const { mean, variance } = moments(values);
    expect(Math.abs(mean - 1 / 2)).toBeLessThan(0.005);
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(0.002);
  });

  it('draws standard normal numbers', () => {
    const random = new Random(2);
    const values = Array.from({ length: 100_000 }, () => random.normal());
    const { mean, variance } = moments(values);
    expect(Math.abs(mean)).toBeLessThan(0.02);
    expect(Math.abs(variance - 1)).toBeLessThan(0.02);
    const withinOne = values.filter((v) => Math.abs(v) < 1).length / values.length;
    expect(Math.abs(withinOne - 0.6827)).toBeLessThan(0.01);
  });

  it('draws whole numbers from low to high, each as often', () => {
    const random = new Random(3);
    const counts = new Map<number, number>();
    for (let i = 0; i < 60_000; i++) {
      const value = random.integer(-2, 3);
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    expect([...counts.keys()].sort((a, b) => a - b)).toEqual([-2, -1, 0, 1, 2, 3]);
    for (const count of counts.values()) expect(Math.abs(count - 10_000)).toBeLessThan(500);
  });

  it('shuffles a copy, every order as often', () => {
    const random = new Random(4);
    const items = ['a', 'b', 'c'];
    const counts = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const order = random.shuffle(items).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(items).toEqual(['a', 'b', 'c']);
    expect([...counts.keys()].sort()).toEqual(['abc', 'acb', 'bac', 'bca', 'cab', 'cba']);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});

describe('forkSeed', () => {
  it('tells orders and lengths of its numbers apart', () => {
    const seeds = [forkSeed(1), forkSeed(1, 0), forkSeed(0, 1), forkSeed(1, 0, 0), forkSeed(1, -1)];
    expect(new Set(seeds).size).toBe(seeds.length);
    expect(forkSeed(1, 2, 3)).toBe(forkSeed(1, 2, 3));
  });

  it('gives the examples of an epoch streams that do not resemble each other', () => {
    const seeds = Array.from({ length: 10_000 }, (_, i) => forkSeed(1, 0, i));
    // Of 10,000 draws from 2^32, 0.01 pairs are expected to meet.
    expect(new Set(seeds).size).toBeGreaterThan(9998);
    const firsts = seeds.map((seed) => new Random(seed).uniform());
    expect(Math.abs(moments(firsts).mean - 1 / 2)).toBeLessThan(0.015);
    const next = firsts.slice(1).reduce((sum, v, i) => sum + (v - 0.5) * (firsts[i] - 0.5), 0) / 9999;
    expect(Math.abs(next * 12)).toBeLessThan(0.05);
  });
});
