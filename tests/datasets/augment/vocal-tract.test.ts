import { FBANK, fbank, hzOfMel, melOfHz } from '@auricle/audio';
import { augmentFrames, warpVocalTract } from '@auricle/datasets';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const BINS = FBANK.melBins;

/** Frames of a tone. */
const toneFrames = (hz: number) =>
  fbank(Float32Array.from({ length: 8000 }, (_, i) => 0.3 * Math.sin((2 * Math.PI * hz * i) / FBANK.sampleRate)));

const loudestBin = (frames: Float32Array, frame: number) => {
  const row = [...frames.subarray(frame * BINS, (frame + 1) * BINS)];
  return row.indexOf(Math.max(...row));
};

const binOf = (hz: number) => {
  const low = melOfHz(FBANK.lowHz);
  return ((melOfHz(hz) - low) * (BINS + 1)) / (melOfHz(FBANK.highHz) - low) - 1;
};

describe('a vocal tract of another length', () => {
  it.each([
    [500, 1.1],
    [1000, 0.9],
    [2500, 1.1],
    [4000, 0.9],
    [4000, 1.15],
  ])('makes of a tone of %d Hz one that is %d times as high', (hz, warp) => {
    const frames = toneFrames(hz);
    const count = frames.length / BINS;
    warpVocalTract(frames, count, BINS, warp);
    for (const frame of [5, 20, count - 6])
      expect(Math.abs(loudestBin(frames, frame) - binOf(hz * warp))).toBeLessThan(1);
  });

  it('leaves the highest frequency where it is, and all of them in their order', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.7, max: 1.4, noNaN: true }), (warp) => {
        const ramp = Float32Array.from({ length: BINS }, (_, bin) => bin);
        warpVocalTract(ramp, 1, BINS, warp);
        for (let bin = 1; bin < BINS; bin++) expect(ramp[bin]).toBeGreaterThanOrEqual(ramp[bin - 1]);
        expect(Math.abs(ramp[BINS - 1] - (BINS - 1))).toBeLessThan(2.5);
      }),
    );
  });

  it('of the same length changes nothing but rounding, and never what lies beyond the frames', () => {
    const frames = toneFrames(700);
    const count = frames.length / BINS - 3;
    const same = frames.slice();
    augmentFrames(same, count, BINS, [{ kind: 'vocalTract', warp: 1 }]);
    same.forEach((value, i) => {
      expect(Math.abs(value - frames[i])).toBeLessThan(1e-3);
    });
    augmentFrames(same, count, BINS, [{ kind: 'vocalTract', warp: 1.2 }]);
    expect(same.subarray(count * BINS)).toEqual(frames.subarray(count * BINS));
    expect(same).not.toEqual(frames);
  });
});

it('the mel scale has 1000 mel at 1000 Hz and an inverse', () => {
  expect(Math.abs(melOfHz(1000) - 1000)).toBeLessThan(0.1);
  for (const hz of [0, 60, 700, 7600]) expect(Math.abs(hzOfMel(melOfHz(hz)) - hz)).toBeLessThan(1e-9);
});
