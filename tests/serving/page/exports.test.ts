/** The files that the page saves of a transcript. */
import { describe, expect, it } from 'vitest';
import { captionsOf, EXPORTS, timestamp } from '../../../serving/page/exports.js';

const words = (text: string, start: number) =>
  text.split(' ').map((word, i) => ({ word, start: start + i, end: start + i + 0.5, confidence: 0.9 }));
const segment = (text: string, start: number) => ({ type: 'final', text, start, words: words(text, start) });
const SEGMENTS = [segment('one two', 0.25), segment('<b> & three', 3661)];

describe('timestamps', () => {
  it.each([
    [0, '00:00:00,000'],
    [59.9996, '00:01:00,000'],
    [3661.5, '01:01:01,500'],
  ])('%d s is %s', (seconds, text) => {
    expect(timestamp(seconds, ',')).toBe(text);
  });
});

describe('captions', () => {
  it('have at most 42 characters and 6 s', () => {
    const captions = captionsOf([
      segment('a b c d e f g h i j', 0),
      segment('supercalifragilistic expialidocious words', 20),
    ]);
    expect(captions.map(({ text }) => text)).toEqual([
      'a b c d e f',
      'g h i j',
      'supercalifragilistic expialidocious words',
    ]);
    expect(captions[0]).toMatchObject({ start: 0, end: 5.5 });
    expect(captions[1]).toMatchObject({ start: 6, end: 9.5 });
  });
});

describe('files', () => {
  it('are text with a line a segment', () => {
    expect(EXPORTS.txt.make(SEGMENTS)).toBe('one two\n<b> & three\n');
  });

  it('are SubRip', () => {
    expect(EXPORTS.srt.make(SEGMENTS)).toBe(
      '1\n00:00:00,250 --> 00:00:01,750\none two\n\n2\n01:01:01,000 --> 01:01:03,500\n<b> & three\n',
    );
  });

  it('are WebVTT, with its signs escaped', () => {
    expect(EXPORTS.vtt.make(SEGMENTS)).toBe(
      'WEBVTT\n\n00:00:00.250 --> 00:00:01.750\none two\n\n01:01:01.000 --> 01:01:03.500\n&lt;b&gt; &amp; three\n',
    );
  });

  it('are JSON with words and times', () => {
    const { text, segments } = JSON.parse(EXPORTS.json.make(SEGMENTS));
    expect(text).toBe('one two <b> & three');
    expect(segments[0].words[1]).toEqual({ word: 'two', start: 1.25, end: 1.75, confidence: 0.9 });
  });
});
