/** Audio on a tape is there as it was pushed, however it was cut and whatever is let go, also in memory that other streams have used. */
import { AudioTape } from '@auricle/serving/audio-tape';
import fc from 'fast-check';
import { expect, it } from 'vitest';

it('gives any part of what is kept, byte for byte', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.oneof(fc.integer({ min: 1, max: 700 }), fc.integer({ min: 1, max: 20_000 })), fc.nat(100)), {
        minLength: 1,
        maxLength: 12,
      }),
      fc.integer({ min: 1, max: 255 }),
      (steps, seed) => {
        const tape = new AudioTape();
        const all: number[] = [];
        let released = 0;
        for (const [length, percent] of steps) {
          const audio = Uint8Array.from({ length }, (_, i) => (all.length + i * seed) % 251);
          tape.push(audio);
          for (const byte of audio) all.push(byte);
          released = Math.max(released, Math.floor((all.length * percent) / 100));
          tape.release(released);
          expect(tape.length).toBe(all.length);
          expect(tape.start).toBeLessThanOrEqual(released);
          const from = tape.start + Math.floor((all.length - tape.start) / 3);
          const part = tape.between(from, all.length - 1);
          expect(part.flatMap((piece) => [...piece])).toEqual(all.slice(from, Math.max(from, all.length - 1)));
          expect(part.every(({ buffer }) => buffer instanceof SharedArrayBuffer)).toBe(true);
        }
        tape.release(tape.length);
      },
    ),
    { numRuns: 20 },
  );
});
