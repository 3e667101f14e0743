/** Bytes that are kept for another connection: any order of appending, dropping and reading. */
import { UnsettledAudio } from '@auricle/client/unsettled-audio';
import fc from 'fast-check';
import { expect, it } from 'vitest';

it('gives the bytes from any position that is kept, in pieces no longer than asked for', () => {
  const step = fc.oneof(
    fc.record({ append: fc.nat(20) }),
    fc.record({ drop: fc.nat(200) }),
    fc.record({ read: fc.nat(200), most: fc.integer({ min: 1, max: 9 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const audio = new UnsettledAudio();
      const all: number[] = [];
      let start = 0;
      for (const each of steps) {
        if ('append' in each) {
          const bytes = Uint8Array.from({ length: each.append }, (_, i) => (all.length + i) & 255);
          all.push(...bytes);
          audio.append(bytes);
        } else if ('drop' in each) {
          start = Math.max(start, Math.min(each.drop, all.length));
          audio.dropTo(each.drop);
        } else {
          const from = Math.max(start, Math.min(each.read, all.length));
          const pieces = [...audio.from(from, each.most)];
          expect(pieces.flatMap((piece) => [...piece])).toEqual(all.slice(from));
          expect(pieces.every((piece) => piece.length > 0 && piece.length <= each.most)).toBe(true);
        }
        expect([audio.start, audio.end]).toEqual([start, all.length]);
      }
    }),
  );
});
