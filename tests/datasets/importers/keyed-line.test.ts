import { keyAndValue } from '@auricle/datasets/importers/keyed-line';
import { describe, expect, it } from 'vitest';

describe('keyAndValue', () => {
  it.each([
    ['u1 ONE  TWO', 'u1', 'ONE  TWO'],
    [' u1\t one ', 'u1', 'one'],
    ['u1', 'u1', ''],
  ])('parts %j at its first blanks', (line, key, value) => {
    expect(keyAndValue(line)).toEqual([key, value]);
  });

  it('parts a line of a million blanks, which a regular expression would search again from every blank', () => {
    const blanks = ' '.repeat(1e6);
    expect(keyAndValue(`u1 a${blanks}b`)).toEqual(['u1', `a${blanks}b`]);
  });
});
