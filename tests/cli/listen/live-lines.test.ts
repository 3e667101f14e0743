/** Lines that are written over in place, and what is left of them where there is no terminal. */
import { LiveLines } from '@auricle/cli/listen/live-lines';
import { describe, expect, it } from 'vitest';

const CLEAR = '\r\x1b[2K';
function linesOn(terminal: { isTTY?: boolean; columns?: number }) {
  const written: string[] = [];
  const output = { ...terminal, write: (text: string | Uint8Array) => written.push(String(text)) > 0 };
  return { lines: new LiveLines(output), written };
}

describe('on a terminal', () => {
  it('a partial is written over by the next and by the final', () => {
    const { lines, written } = linesOn({ isTTY: true, columns: 40 });
    lines.partial({ text: 'one' });
    lines.partial({ text: 'one two' });
    lines.final({ text: 'one two' });
    lines.final({ text: 'three' });
    expect(written).toEqual([
      `${CLEAR}\x1b[2mone\x1b[0m`,
      `${CLEAR}\x1b[2mone two\x1b[0m`,
      CLEAR,
      'one two\n',
      'three\n',
    ]);
  });

  it('a partial that is longer than the line shows its end', () => {
    const { lines, written } = linesOn({ isTTY: true, columns: 10 });
    lines.partial({ text: 'one two three' });
    expect(written).toEqual([`${CLEAR}\x1b[2m…wo three\x1b[0m`]);
  });
});

it('elsewhere there are finals alone', () => {
  const { lines, written } = linesOn({});
  lines.partial({ text: 'one' });
  lines.final({ text: 'one two' });
  lines.clear();
  expect(written).toEqual(['one two\n']);
});
