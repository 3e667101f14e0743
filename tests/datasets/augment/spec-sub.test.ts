import { Random, specSub } from '@auricle/datasets';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const BINS = 4;
/** Every value tells its frame and its bin. */
const ramp = (frames: number) => Float32Array.from({ length: frames * BINS }, (_, i) => i);
const frameOf = (frames: Float32Array, t: number) => frames.subarray(t * BINS, (t + 1) * BINS);

/** The frame that stands at each place now. */
const sources = (frames: Float32Array, count: number) =>
  Array.from({ length: count }, (_, t) => frameOf(frames, t)[0] / BINS);

describe('specSub', () => {
  it('only ever puts whole earlier frames of the same utterance', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 0, max: 60 }), fc.nat(5), fc.nat(40), (seed, count, times, longest) => {
        const frames = ramp(count + 3);
        specSub(frames, count, BINS, { substitutions: times, maxFrames: longest }, new Random(seed));
        const from = sources(frames, count);
        from.forEach((source, t) => {
          expect(Number.isInteger(source) && source >= 0 && source <= t).toBe(true);
          expect(frameOf(frames, t)).toEqual(frameOf(ramp(count), source));
        });
        // What lies beyond the utterance is its padding.
        expect(frames.subarray(count * BINS)).toEqual(ramp(count + 3).subarray(count * BINS));
      }),
    );
  });

  it('replaces one stretch by one that is as long, no longer than it may be', () => {
    for (let seed = 0; seed < 200; seed++) {
      const frames = ramp(50);
      specSub(frames, 50, BINS, { substitutions: 1, maxFrames: 8 }, new Random(seed));
      const replaced = sources(frames, 50).flatMap((source, t) => (source === t ? [] : [{ t, back: t - source }]));
      expect(replaced.length).toBeGreaterThanOrEqual(1);
      expect(replaced.length).toBeLessThanOrEqual(8);
      expect(replaced.at(-1)!.t - replaced[0].t + 1).toBe(replaced.length);
      expect(new Set(replaced.map(({ back }) => back)).size).toBe(1);
    }
  });

  it('reaches every frame but the first, over many seeds', () => {
    const reached = new Set<number>();
    for (let seed = 0; seed < 200; seed++) {
      const frames = ramp(20);
      specSub(frames, 20, BINS, { substitutions: 3, maxFrames: 5 }, new Random(seed));
      sources(frames, 20).forEach((source, t) => {
        if (source !== t) reached.add(t);
      });
    }
    expect([...reached].sort((a, b) => a - b)).toEqual(Array.from({ length: 19 }, (_, i) => i + 1));
  });

  it('is repeatable by its seed', () => {
    const make = (seed: number) => {
      const frames = ramp(100);
      specSub(frames, 100, BINS, { substitutions: 3, maxFrames: 30 }, new Random(seed));
      return frames;
    };
    expect(make(5)).toEqual(make(5));
    expect(make(5)).not.toEqual(make(6));
  });
});
