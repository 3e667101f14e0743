import { parseHotwords } from '@auricle/cli/decoding-options';
import { expect, it } from 'vitest';

it('hotwords are read one a line, with a boost of their own after a colon', () => {
  expect(parseHotwords('new york\r\n\n  ann arbor :2.5 \nx :-1\nat 10:30\n', 4)).toEqual([
    { phrase: 'new york', boost: 4 },
    { phrase: 'ann arbor', boost: 2.5 },
    { phrase: 'x', boost: -1 },
    { phrase: 'at 10:30', boost: 4 },
  ]);
  expect(parseHotwords('a :much', 4)).toEqual([{ phrase: 'a', boost: Number.NaN }]);
});
