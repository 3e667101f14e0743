import { Column } from '@auricle/datasets/statistics/column';
import { describe, expect, it } from 'vitest';

describe('Column', () => {
  it('gives back all that was pushed, however much it grew', () => {
    const column = new Column((length) => new Uint32Array(length));
    for (let i = 0; i < 5000; i++) column.push(3 * i);
    expect(column.length).toBe(5000);
    expect(column.at(4999)).toBe(14_997);
    expect(column.values()).toEqual(Uint32Array.from({ length: 5000 }, (_, i) => 3 * i));
  });
});
