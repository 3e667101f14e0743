import { stretchFrames } from '@auricle/datasets';
import { describe, expect, it } from 'vitest';

const ramp = (count: number) => Float32Array.from({ length: 2 * count }, (_, i) => (i % 2 === 0 ? i / 2 : 100 - i / 2));

describe('stretchFrames', () => {
  it('plays a line as a line of another slope', () => {
    const faster = stretchFrames(ramp(100), 2, 1.25);
    expect(faster.length).toBe(2 * 80);
    for (let t = 0; t < 79; t++) expect(faster[2 * t]).toBeCloseTo(1.25 * t, 4);
    const slower = stretchFrames(ramp(100), 2, 0.8);
    expect(slower.length).toBe(2 * 125);
    for (let t = 0; t < 123; t++) expect(slower[2 * t]).toBeCloseTo(0.8 * t, 4);
    expect(slower[2 * 124]).toBe(99);
  });

  it('leaves frames as they are at factor 1, and one frame one', () => {
    expect(stretchFrames(ramp(10), 2, 1)).toEqual(ramp(10));
    expect(stretchFrames(Float32Array.of(3, 4), 2, 2)).toEqual(Float32Array.of(3, 4));
  });
});
