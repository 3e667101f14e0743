import { type CaptionRules, captions, mergeCaptions } from '@auricle/decoding';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { failureOf } from '../failure.js';
import { anyWords, spoken } from './words.js';

const FOX =
  'the quick brown fox jumps over the lazy dog and then it runs away because the dog is angry at the fox who jumped over it';

const rules = fc.record({
  lineLength: fc.integer({ min: 1, max: 60 }),
  lines: fc.integer({ min: 1, max: 3 }),
  longest: fc.double({ min: 0.5, max: 10, noNaN: true }),
  shortest: fc.double({ min: 0, max: 3, noNaN: true }),
});

describe('captions', () => {
  it('hold every word once, in order, in lines that fit, for as long as the rules allow', () => {
    fc.assert(
      fc.property(
        fc.array(anyWords(12), { maxLength: 3 }),
        rules,
        (segments, { longest, lineLength, lines, shortest }) => {
          let at = 0;
          const later = segments.map((words) => {
            const moved = words.map((word) => ({ ...word, start: word.start + at, end: word.end + at }));
            at = moved.at(-1)?.end ?? at;
            return moved;
          });
          const made = captions(later, { longest, lineLength, lines, shortest });
          const words = later.flat();
          expect(made.flatMap((caption) => caption.lines).join(' ')).toBe(words.map(({ word }) => word).join(' '));
          let [next, last] = [0, 0];
          for (const caption of made) {
            const count = caption.lines.join(' ').split(' ').length;
            const said = words.slice(next, next + count);
            next += count;
            expect(caption.start).toBe(said[0].start);
            expect(caption.end).toBeGreaterThanOrEqual(said.at(-1)!.end);
            expect(caption.end).toBeGreaterThan(caption.start);
            expect(caption.start).toBeGreaterThanOrEqual(last);
            last = caption.end;
            if (count === 1) continue;
            expect(caption.lines.length).toBeLessThanOrEqual(lines);
            for (const line of caption.lines) expect([...line].length).toBeLessThanOrEqual(lineLength);
            expect(said.at(-1)!.end - said[0].start).toBeLessThanOrEqual(longest);
          }
        },
      ),
    );
  });

  it('break where clauses start, and lines too', () => {
    expect(captions([spoken(FOX)]).map(({ lines }) => lines)).toEqual([
      ['the quick brown fox jumps over', 'the lazy dog and then it runs away'],
      ['because the dog is angry at the fox', 'who jumped over it'],
    ]);
  });

  it('break after a sentence and in a pause rather than elsewhere', () => {
    const rule: CaptionRules = { lineLength: 20, lines: 1 };
    const sentence = spoken('it was so. he went home');
    expect(captions([sentence], rule).map(({ lines }) => lines[0])).toEqual(['it was so.', 'he went home']);
    const paused = [...spoken('now it was'), ...spoken('so he went home', 1.8)];
    expect(captions([paused], rule).map(({ lines }) => lines[0])).toEqual(['now it was', 'so he went home']);
  });

  it('never go over a long pause or the border of two segments', () => {
    expect(captions([[...spoken('one'), ...spoken('two', 3)], spoken('three', 3.5)])).toMatchObject([
      { lines: ['one'] },
      { lines: ['two'] },
      { lines: ['three'] },
    ]);
  });

  it('stand for the shortest time or as long as they are read, but not into the next one', () => {
    const [first, second] = captions([spoken('one'), spoken('two', 0.5)]);
    expect(first).toEqual({ start: 0, end: 0.5, lines: ['one'] });
    expect(second.end).toBe(1.5);
    expect(captions([spoken('a'.repeat(60))])[0].end).toBe(3);
  });

  it('put those of several speakers in the order of their times', () => {
    const merged = mergeCaptions([
      captions([spoken('one'), spoken('three', 5)], {}, 'a'),
      captions([spoken('two', 2)], {}, 'b'),
    ]);
    expect(merged.map(({ speaker, lines }) => [speaker, ...lines])).toEqual([
      ['a', 'one'],
      ['b', 'two'],
      ['a', 'three'],
    ]);
  });

  it('refuse rules that make no sense, with path and value', () => {
    expect(failureOf(() => captions([], { lines: 0 }))).toMatchObject({
      code: 'AUR_DECODING_OPTION',
      message: expect.stringContaining('captions.lines: seen 0'),
    });
    expect(failureOf(() => captions([], { line: 1 } as CaptionRules))).toMatchObject({
      message: expect.stringContaining('captions.line: seen an unknown option'),
    });
  });
});
