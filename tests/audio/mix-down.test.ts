import { mixDown } from '@auricle/audio/mix-down';
import { describe, expect, it } from 'vitest';

describe('mixDown', () => {
  it('takes the mean of the channels', () => {
    const channels = [Float32Array.of(1, 0.5, -1), Float32Array.of(0, 0.5, -1), Float32Array.of(-1, 0.5, -1)];
    expect(mixDown(channels)).toEqual(Float32Array.of(0, 0.5, -1));
  });

  it('takes no more than the samples asked for', () => {
    expect(mixDown([Float32Array.of(0.5, 0.25, 0.125)], 2)).toEqual(Float32Array.of(0.5, 0.25));
    expect(mixDown([])).toHaveLength(0);
  });

  it('clips the mean, not the channels, to [-1, 1]', () => {
    expect(mixDown([Float32Array.of(3, 3, -5), Float32Array.of(-2, 1, 0)])).toEqual(Float32Array.of(0.5, 1, -1));
  });

  it('copies a single channel', () => {
    const channel = Float32Array.of(0.5);
    const mono = mixDown([channel]);
    channel[0] = 0;
    expect(mono).toEqual(Float32Array.of(0.5));
  });
});
