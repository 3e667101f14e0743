import type { Pcm } from '@auricle/audio';
import { cutAtPauses, type Piece, quietestPlace } from '@auricle/serving/batch/cut-at-pauses';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const RATE = 1000;

async function* inBlocks(samples: Float32Array, lengths: readonly number[]): AsyncGenerator<Pcm> {
  let at = 0;
  for (let i = 0; at < samples.length; i++) {
    const length = lengths[i % lengths.length];
    yield { samples: samples.subarray(at, at + length), sampleRate: RATE };
    at += length;
  }
}

async function cut(samples: Float32Array, lengths: readonly number[], seconds: number) {
  const pieces: (Omit<Piece, 'blocks'> & { samples: number[] })[] = [];
  for await (const { blocks, ...piece } of cutAtPauses(inBlocks(samples, lengths), seconds))
    pieces.push({ ...piece, samples: blocks.flatMap((block) => [...block]) });
  return pieces;
}

/** Sound with pauses at these places (s), each of 0.5 s. */
const soundWithPauses = (seconds: number, pauses: readonly number[]) =>
  Float32Array.from({ length: seconds * RATE }, (_, i) =>
    pauses.some((at) => i >= at * RATE && i < (at + 0.5) * RATE) ? 0.001 * Math.sin(i) : Math.sin(i / 3),
  );

describe('cutAtPauses', () => {
  it('has every sample once, in pieces no longer than asked for and no shorter than half of it, however the blocks lie', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 20_000 }),
        fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 8 }),
        async (length, lengths, seconds) => {
          const samples = Float32Array.from({ length }, (_, i) => Math.sin(i * i));
          const pieces = await cut(samples, lengths, seconds);
          expect(pieces.flatMap((piece) => piece.samples)).toEqual([...samples]);
          let at = 0;
          for (const [i, piece] of pieces.entries()) {
            expect(piece.startSeconds).toBeCloseTo(at / RATE);
            at += piece.samples.length;
            expect(piece.samples.length).toBeLessThanOrEqual(seconds * RATE);
            if (i < pieces.length - 1) expect(piece.samples.length).toBeGreaterThanOrEqual((seconds * RATE) / 2);
          }
          expect(await cut(samples, [length || 1], seconds)).toEqual(pieces);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('cuts in the middle of pauses', async () => {
    const samples = soundWithPauses(30, [7, 15.2, 22.5]);
    const starts = (await cut(samples, [777], 10)).map(({ startSeconds }) => startSeconds);
    expect(starts).toHaveLength(4);
    for (const [i, middle] of [0, 7.25, 15.45, 22.75].entries()) expect(Math.abs(starts[i] - middle)).toBeLessThan(0.1);
  });

  it('cuts in the middle of what is silent in the part that it searches', () => {
    expect(quietestPlace([new Float32Array(10_000)], 5000, 10_000, 20)).toBe(7500);
    const samples = new Float32Array(10_000).fill(1);
    samples.fill(0, 6000, 8000);
    expect(quietestPlace([samples], 5000, 10_000, 20)).toBe(7000);
  });
});
