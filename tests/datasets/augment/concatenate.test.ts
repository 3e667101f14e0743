import { concatenate } from '@auricle/datasets';
import { describe, expect, it } from 'vitest';

describe('concatenate', () => {
  it('puts gaps between the pieces only', () => {
    expect([...concatenate([Float32Array.of(1, 2), Float32Array.of(3), Float32Array.of(4)], 2)]).toEqual([
      ...[1, 2],
      ...[0, 0],
      3,
      ...[0, 0],
      4,
    ]);
    expect([...concatenate([Float32Array.of(1), Float32Array.of(2)])]).toEqual([1, 2]);
    expect(concatenate([], 5)).toHaveLength(0);
  });
});
