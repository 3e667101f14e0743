import { datasetError } from '@auricle/datasets';
import { reasonOf, type Tally, tally } from '@auricle/datasets/validate/reason';
import { describe, expect, it } from 'vitest';

describe('reasonOf', () => {
  it('keeps a code, and gives one to what a decoder throws in its own words', () => {
    const coded = datasetError('AUR_IMPORT_ENCODING', { where: 'x:1' });
    expect(reasonOf(coded, 'y')).toEqual({ code: 'AUR_IMPORT_ENCODING', message: 'x:1: not UTF-8' });
    const unreadable = { code: 'AUR_MANIFEST_UNREADABLE', message: 'y: RangeError: bad index' };
    expect(reasonOf(new RangeError('bad index'), 'y')).toEqual(unreadable);
    expect(reasonOf(Object.assign(new RangeError('bad index'), { code: 'ENOENT' }), 'y')).toEqual(unreadable);
  });

  it('cuts a message that quotes a text of any length', () => {
    const long = datasetError('AUR_IMPORT_LINE', { where: 'x:1', reason: 'a'.repeat(1e6) });
    expect(reasonOf(long, 'x').message).toMatch(/^x:1: a{995}…$/);
  });
});

describe('tally', () => {
  it('counts by code and keeps the first few messages', () => {
    const tallies: Record<string, Tally> = {};
    for (let i = 0; i < 5; i++) tally(tallies, [{ code: 'AUR_A', message: `${i}` }]);
    tally(tallies, [{ code: 'AUR_B', message: 'b' }]);
    expect(tallies).toEqual({
      AUR_A: { count: 5, messages: ['0', '1', '2'] },
      AUR_B: { count: 1, messages: ['b'] },
    });
  });
});
