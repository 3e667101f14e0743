/** What `evaluate`, `calibrate` and `align` count with. */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { alignCommand } from '@auricle/cli/commands/align';
import { fitConfidence, fitWordTimes } from '@auricle/cli/words/fit';
import { judgedWords } from '@auricle/cli/words/judged-words';
import { readCtm } from '@auricle/cli/words/read-ctm';
import { speechSpan } from '@auricle/cli/words/speech-span';
import { quantile, timeAccuracy, timeErrors } from '@auricle/cli/words/time-accuracy';
import { fitLogistic, type JudgedWord } from '@auricle/decoding';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { runCommand } from '../data/run-command.js';

const word = (text: string, start: number, end: number) => ({ word: text, start, end });

describe('timeErrors', () => {
  it('compares the words that were heard right, each with the one that it is', () => {
    const said = [word('a', 0, 1), word('b', 1, 2), word('a', 2, 3)];
    const heard = [word('x', 0, 0.5), word('a', 0.5, 1.25), word('a', 2.25, 2.5)];
    expect(timeErrors(said, heard)).toEqual([
      { start: 0.5, end: 0.25 },
      { start: 0.25, end: -0.5 },
    ]);
  });

  it('is summed up by medians and ninths of ten', () => {
    const errors = [0.1, -0.2, 0.3].map((start) => ({ start, end: 0 }));
    const { words, start, end, all, bias } = timeAccuracy(errors);
    expect([words, start.median, end.median, bias.start]).toEqual([3, 0.2, 0, 0.1]);
    expect(start.p90).toBeCloseTo(0.28, 9);
    expect(all.median).toBeCloseTo(0.05, 9);
    // numpy.quantile([1, 2, 4], 0.9)
    expect(quantile([4, 1, 2], 0.9)).toBeCloseTo(3.6, 9);
  });
});

describe('judgedWords', () => {
  it('are those that were heard: right, or in the place of another, or too many', () => {
    const heard = ['a', 'x', 'c', 'd'].map((text, i) => ({ ...word(text, i, i + 1), confidence: i / 10 }));
    expect(judgedWords(['a', 'b', 'c'], heard)).toEqual([
      { confidence: 0, isRight: true },
      { confidence: 0.1, isRight: false },
      { confidence: 0.2, isRight: true },
      { confidence: 0.3, isRight: false },
    ]);
  });
});

describe('readCtm', () => {
  it('takes the words of each recording in the order of time', () => {
    const text = ';; a comment\nr1 1 1.5 0.5 two 0.9\nr1 1 0.25 0.5 one\n\nr2 A 0 1 three\n';
    expect([...readCtm(text, 'x.ctm')]).toEqual([
      ['r1', [word('one', 0.25, 0.75), word('two', 1.5, 2)]],
      ['r2', [word('three', 0, 1)]],
    ]);
  });

  it.each(['r1 1 0.5 0.5', 'r1 1 x 0.5 one', 'r1 1 0 -1 one'])('refuses "%s", naming the line', (line) => {
    expect(() => readCtm(`r1 1 0 1 fine\n${line}\n`, 'x.ctm')).toThrow(
      expect.objectContaining({ code: 'AUR_CLI_CTM', message: expect.stringContaining('x.ctm line 2') }),
    );
  });
});

describe('speechSpan', () => {
  it('finds sound between silence, to the frame', () => {
    const samples = Float32Array.from({ length: 16_000 }, (_, i) => {
      const isSound = i >= 4800 && i < 11_200;
      return (isSound ? 0.3 : 0.0005) * Math.sin(i * i * 0.37) + (isSound ? 0.2 * Math.sin(i / 7) : 0);
    });
    const { start, end } = speechSpan({ samples, sampleRate: 16_000 })!;
    expect(Math.abs(start - 0.3)).toBeLessThan(0.025);
    expect(Math.abs(end - 0.7)).toBeLessThan(0.025);
  });

  it('finds none in silence', () => {
    expect(speechSpan({ samples: new Float32Array(16_000), sampleRate: 16_000 })).toBeUndefined();
  });
});

describe('fits', () => {
  it('take medians for offsets', () => {
    const edges = [0.1, 0.2, 5].map((late) => ({
      spoken: { start: 1, end: 2 },
      emitted: { start: 1 + late, end: 2 - late },
    }));
    expect(fitWordTimes(edges).wordTimes).toEqual({ startOffset: -0.2, endOffset: 0.2 });
    expect(() => fitWordTimes([])).toThrow(expect.objectContaining({ code: 'AUR_CLI_NOTHING_TO_FIT' }));
  });

  it('keep a map that helps, and none that does not', () => {
    // Always sure, right every second time: level at a half.
    const words = (isRight: (i: number) => boolean, confidence: number): JudgedWord[][] =>
      Array.from({ length: 100 }, (_, i) => [{ confidence, isRight: isRight(i) }]);
    const helped = fitConfidence(
      words((i) => i % 2 === 0, 0.99),
      fitLogistic,
    );
    expect(helped.map).toMatchObject({ kind: 'logistic' });
    expect(helped.line).toMatch(/before 0\.4900 .*, after 0\.0\d+ .*held out 0\.\d+/);
    const vain = fitConfidence(
      words((i) => i % 2 === 0, 0.5),
      fitLogistic,
    );
    expect(vain.map).toBeUndefined();
    expect(vain.line).toContain('no better');
    expect(() => fitConfidence([[]], fitLogistic)).toThrow(expect.objectContaining({ code: 'AUR_CLI_NOTHING_TO_FIT' }));
  });
});

describe('auricle align', () => {
  const RECORDING = join(import.meta.dirname, '../../../models/digits-en/recording.wav');
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'auricle-align-'));
  });
  afterAll(() => rm(dir, { recursive: true }));

  it('names the recordings that it cannot align and writes the others', async () => {
    const manifest = join(dir, 'test.jsonl');
    const lines = [
      { id: 'a/b', text: 'three one four one five nine two' },
      { id: 'unknown', text: 'three eleven' },
      { id: 'long', text: 'one '.repeat(300).trim() },
      { id: 'upper', text: 'THREE one' },
      { id: 'missing', text: 'one', audio_filepath: '/nowhere.wav' },
    ].map((line) => JSON.stringify({ audio_filepath: RECORDING, duration: 4.7, ...line }));
    await writeFile(manifest, lines.join('\n'));
    const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const told: string[] = [];
    stderr.mockImplementation((text) => told.push(String(text)) > 0);
    const { status } = await runCommand(alignCommand, manifest, '--ctm', join(dir, 'x.ctm'), '--srt', dir);
    stderr.mockRestore();
    expect(status).toBe(2);
    const codes = told.map((line) => line.split(': ').slice(2, 4));
    expect(codes).toEqual([
      ['unknown', 'AUR_DECODING_UNKNOWN_SYMBOL'],
      ['long', 'AUR_DECODING_ALIGN_LENGTH'],
      ['upper', 'AUR_DECODING_UNKNOWN_SYMBOL'],
      ['missing', expect.stringMatching(/^AUR_(AUDIO|MANIFEST)_/)],
    ]);
    const ctm = readFileSync(join(dir, 'x.ctm'), 'utf8').trim().split('\n');
    expect(ctm).toHaveLength(7);
    expect(ctm[0]).toMatch(/^a\/b 1 /);
    expect(readFileSync(join(dir, 'a_b.srt'), 'utf8')).toContain('three one four one five nine two');
  });
});
