import { distinct, hash64, indexIn, NO_HASH, Repeats } from '@auricle/datasets/validate/repeats';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

/** Few different ones, so that they repeat. */
const hashes = fc.array(fc.bigInt(0n, 8n)).map((values) => BigUint64Array.from(values));

describe('Repeats', () => {
  it('finds the first place of everything that was there before, and of nothing else', () => {
    fc.assert(
      fc.property(hashes, (values) => {
        const repeats = new Repeats(values);
        const expected = Array.from(values, (value, i) => {
          const first = values.indexOf(value);
          return value === NO_HASH || first === i ? undefined : first;
        });
        expect(Array.from(values, (_, i) => repeats.firstOf(i))).toEqual(expected);
      }),
    );
  });
});

describe('distinct', () => {
  it('sorts, keeps each once and drops what has no hash', () => {
    fc.assert(
      fc.property(hashes, (values) => {
        const expected = [...new Set(values)].filter((v) => v !== NO_HASH).sort((a, b) => (a < b ? -1 : 1));
        expect([...distinct(values)]).toEqual(expected);
        for (const value of [0n, 1n, 5n, 9n]) expect(indexIn(distinct(values), value)).toBe(expected.indexOf(value));
      }),
    );
  });
});

describe('hash64', () => {
  it('is the start of SHA-1, little-endian', () => {
    // SHA-1('abc') = a9993e36 4706816a … (FIPS 180).
    expect(hash64('abc')).toBe(0x6a810647363e99a9n);
    expect(hash64(Buffer.from('abc'))).toBe(hash64('abc'));
  });
});
