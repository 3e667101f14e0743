import { checkText, ctcFrames } from '@auricle/datasets/validate/line-checks';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

/** The shortest path through which CTC collapses to the labels. */
function shortestPath(labels: number[]): (number | undefined)[] {
  return labels.flatMap((label, i) => (label === labels[i - 1] ? [undefined, label] : [label]));
}

describe('ctcFrames', () => {
  it('counts a frame a label and a blank between equal neighbours', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 2 })), (labels) => {
        expect(ctcFrames(labels)).toBe(shortestPath(labels).length);
      }),
    );
  });
});

describe('checkText', () => {
  const encode = (text: string) => Array.from(text, (character) => character.charCodeAt(0));

  it('lets a text be as long as its frames of 40 ms, and no longer', () => {
    // 25 encoder frames: 24 letters with one repeat fit, 25 do not.
    const fits = 'bookabcdefghijabcdefghij';
    expect(ctcFrames([...fits])).toBe(25);
    expect(checkText(fits, 1, 'm:1', encode)).toEqual({ reasons: [], warnings: [] });
    const { reasons } = checkText(`${fits}a`, 1, 'm:1', encode);
    expect(reasons).toEqual([
      {
        code: 'AUR_VALIDATE_LABEL_LENGTH',
        message: 'm:1: its 25 labels need 26 encoder frames of 40 ms, its 1 s give 25',
      },
    ]);
  });

  it('counts characters, and a run of spaces as one, where there is no vocabulary', () => {
    expect(checkText('  ab \t cd ', 0.2, 'm:1').warnings).toEqual([]);
    expect(checkText('  ab \t cde ', 0.2, 'm:1').warnings).toHaveLength(1);
  });
});
