import { type FileTranscript, formatTranscript, isOfLines, TRANSCRIPT_FORMATS } from '@auricle/serving';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';

const segment = (text: string, start: number, channel?: number) => {
  const words = text
    .split(' ')
    .map((word, i) => ({ word, start: start + i / 3, end: start + (i + 1) / 3, confidence: 0.98765 }));
  const place = { segment: 0, start, end: words.at(-1)!.end, confidence: 0.98765, words, isFinal: true };
  return { ...place, text, stableCharacters: text.length, ...(channel !== undefined && { channel }) };
};
const mono: FileTranscript = {
  text: 'one two three',
  segments: [segment('one two', 1), segment('three', 4)],
  audioSeconds: 5,
  channels: 1,
};
const stereo: FileTranscript = {
  text: 'hello good "day, sir"',
  segments: [segment('hello', 1, 0), segment('good "day, sir"', 1.1, 1)],
  audioSeconds: 5,
  channels: 2,
};
const file = 'a\nb,"c".wav';

describe('formatTranscript', () => {
  it('txt: a line, or a line a segment with its speaker', () => {
    expect(formatTranscript(mono, 'txt', { file })).toBe('one two three\n');
    expect(formatTranscript(stereo, 'txt', { file })).toBe('Speaker 1: hello\nSpeaker 2: good "day, sir"\n');
  });

  it('json: all of it, in one line; jsonl: a line a segment', () => {
    const json = formatTranscript(mono, 'json', { file });
    expect(json.match(/\n/g)).toHaveLength(1);
    expect(JSON.parse(json)).toMatchObject({ file, text: mono.text, audioSeconds: 5, channels: 1 });
    expect(JSON.parse(json).segments[0].words[1]).toEqual({
      word: 'two',
      start: 1.3333,
      end: 1.6667,
      confidence: 0.9877,
    });
    const lines = formatTranscript(stereo, 'jsonl', { file })
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toMatchObject([
      { file, text: 'hello', channel: 0 },
      { file, text: 'good "day, sir"', channel: 1 },
    ]);
  });

  it('csv: what csv-parse reads, and no formula', () => {
    const dangerous = { ...stereo, segments: [...stereo.segments, segment('=1+1', 3, 1)] };
    const rows: Record<string, string>[] = parse(formatTranscript(dangerous, 'csv', { file }), { columns: true });
    expect(rows).toEqual([
      { file, channel: '1', start: '1.000', end: '1.333', confidence: '0.9877', text: 'hello' },
      { file, channel: '2', start: '1.100', end: '2.100', confidence: '0.9877', text: 'good "day, sir"' },
      { file, channel: '2', start: '3.000', end: '3.333', confidence: '0.9877', text: "'=1+1" },
    ]);
  });

  it('srt, vtt, ctm, textgrid: with speakers where there are several', () => {
    expect(formatTranscript(stereo, 'srt', { file })).toContain('Speaker 2: good');
    expect(formatTranscript(stereo, 'vtt', { file })).toContain('<v Speaker 1>hello');
    expect(formatTranscript(mono, 'vtt', { file })).not.toContain('<v');
    expect(formatTranscript(stereo, 'ctm', { file })).toContain('a_b,"c".wav 2 1.100 0.333 good 0.9877\n');
    expect(formatTranscript(stereo, 'textgrid', { file })).toContain('name = "Speaker 2"');
    expect(formatTranscript(mono, 'textgrid', { file })).toContain('xmax = 5\n');
    const narrow = formatTranscript(mono, 'srt', { file, captions: { lineLength: 3, lines: 1 } });
    expect(narrow.match(/-->/g)).toHaveLength(3);
  });

  it('has every format of nothing', () => {
    const nothing: FileTranscript = { text: '', segments: [], audioSeconds: 0, channels: 1 };
    for (const format of TRANSCRIPT_FORMATS) expect(formatTranscript(nothing, format, { file })).toMatch(/^$|\n$/);
    expect(TRANSCRIPT_FORMATS.filter(isOfLines)).toEqual(['json', 'jsonl', 'ctm', 'csv']);
  });
});
