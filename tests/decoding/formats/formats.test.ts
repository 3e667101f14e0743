/** What is written is what other programs read. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeWav } from '@auricle/audio';
import { type Caption, captions, ctm, srt, textGrid, vtt } from '@auricle/decoding';
import { parse } from '@plussub/srt-vtt-parser';
import fc from 'fast-check';
import { chromium as playwright } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import webvtt from 'webvtt-parser';
import { anyWords, spoken } from './words.js';

/** The package's own types need a bundler. */
type Entry = { id: string; from: number; to: number; text: string };

const ms = (seconds: number) => Math.round(1000 * seconds);
const anyCaptions = anyWords(12).map((words) => captions([words]));
const byTimes = ({ start, end, lines }: Caption) => [ms(start), ms(end), lines.join('\n')];

describe('srt', () => {
  it('is read back by @plussub/srt-vtt-parser', () => {
    fc.assert(
      fc.property(anyCaptions, (made) => {
        const read = parse(`${srt(made)}\n`).entries as Entry[];
        expect(read.map(({ from, to, text }) => [from, to, text])).toEqual(
          made.map((caption) =>
            byTimes({ ...caption, lines: caption.lines.map((line) => line.replaceAll('-->', '->')) }),
          ),
        );
        expect(read.map(({ id }) => id)).toEqual(made.map((_, i) => String(i + 1)));
      }),
    );
  });

  it('names speakers, and keeps hours, line feeds and arrows from breaking it', () => {
    const caption = { start: 3599.9999, end: 360_000, lines: ['a\n\nb', '1 --> 2'], speaker: 'Anna' };
    expect(srt([caption])).toBe('1\n01:00:00,000 --> 100:00:00,000\nAnna: a b\n1 -> 2\n');
  });
});

/** The validator leaves semicolons behind escapes; those are for the browser to read. */
const withoutEscapes = anyCaptions.map((made) =>
  made.map((caption) => ({ ...caption, lines: caption.lines.map((line) => line.replace(/[&<>]/g, '_')) })),
);

describe('vtt', () => {
  it('has no error for the W3C validator, and is read back by it', () => {
    fc.assert(
      fc.property(anyCaptions, withoutEscapes, (made, plain) => {
        expect(new webvtt.WebVTTParser().parse(vtt(made)).errors).toEqual([]);
        const { cues } = new webvtt.WebVTTParser().parse(vtt(plain));
        const texts = cues.map(({ startTime, endTime, tree }) => [
          ms(startTime),
          ms(endTime),
          tree.children.map(({ value }) => value).join(''),
        ]);
        expect(texts).toEqual(plain.map(byTimes));
      }),
    );
  });

  it('is a valid file without a caption', () => {
    expect(new webvtt.WebVTTParser().parse(vtt([])).errors).toEqual([]);
  });

  const browser = process.env.AURICLE_CHROMIUM ?? '/usr/bin/chromium';
  if (!existsSync(browser)) console.log(`skipped: no browser at ${browser} (AURICLE_CHROMIUM names another)`);
  it.skipIf(!existsSync(browser))(
    'is shown by a browser’s <track> when it is said, speakers and odd characters too',
    async () => {
      const made: Caption[] = [
        { start: 0.5, end: 1.5, lines: ['a < b & c', '--> d'], speaker: 'Q & A' },
        { start: 2, end: 2.25, lines: ['<i>e</i>'] },
      ];
      const sound = encodeWav({ samples: new Float32Array(3 * 8000), sampleRate: 8000 });
      const chromium = await playwright.launch({ executablePath: browser, args: ['--no-sandbox', '--disable-gpu'] });
      try {
        const page = await chromium.newPage();
        const url = (type: string, bytes: Uint8Array | string) =>
          `data:${type};base64,${Buffer.from(bytes).toString('base64')}`;
        await page.setContent(
          `<video src="${url('audio/wav', sound)}"><track default src="${url('text/vtt', vtt(made))}"></video>`,
        );
        const shown = await page.evaluate(
          async (times) => {
            const video = document.querySelector('video')!;
            const { track } = document.querySelector('track')!;
            const texts: string[][] = [];
            for (const time of times) {
              video.currentTime = time;
              await new Promise((resolve) => video.addEventListener('seeked', resolve, { once: true }));
              texts.push(
                [...(track.activeCues ?? [])].map((cue) => {
                  const fragment = (cue as VTTCue).getCueAsHTML();
                  return [...fragment.querySelectorAll('span')]
                    .map(({ title }) => title)
                    .concat(fragment.textContent ?? '')
                    .join(': ');
                }),
              );
            }
            return texts;
          },
          [0.4, 0.6, 1.4, 1.6, 2.1, 2.5],
        );
        const first = 'Q & A: a < b & c\n--> d';
        expect(shown).toEqual([[], [first], [first], [], ['<i>e</i>'], []]);
      } finally {
        await chromium.close();
      }
    },
  );
});

describe('ctm', () => {
  it('has a line a word whose rounded times fit', () => {
    const words = [
      { word: 'one', start: 0.10049, end: 0.5006, confidence: 0.98765 },
      { word: '5 pm', start: 0.5006, end: 1 },
    ];
    expect(ctm(words, { recording: ';;a b\n.wav', channel: 'A' })).toBe(
      '__a_b_.wav A 0.100 0.401 one 0.9877\n__a_b_.wav A 0.501 0.499 5_pm\n',
    );
  });

  const hasSclite = spawnSync('sctk', ['sclite']).error === undefined;
  if (!hasSclite) console.log("skipped: no sclite (Debian's sctk) on the PATH");
  it.skipIf(!hasSclite)('is read by sclite: all words correct', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'auricle-ctm-'));
    try {
      const words = spoken('three one four one five').map((word) => ({ ...word, confidence: 0.9 }));
      await writeFile(join(folder, 'hyp.ctm'), ctm(words, { recording: 'take 1' }));
      await writeFile(join(folder, 'ref.stm'), 'take_1 1 anna 0.0 3.0 three one four one six\n');
      const { stdout } = spawnSync(
        'sctk',
        ['sclite', '-h', 'hyp.ctm', 'ctm', '-r', 'ref.stm', 'stm', '-o', 'rsum', 'stdout'],
        {
          cwd: folder,
          encoding: 'utf8',
        },
      );
      expect(stdout).toMatch(/\| anna +\| +1 +5 \| +4 +1 +0 +0 +1 +1 \|/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('textGrid', () => {
  it('fills gaps, parts overlaps and doubles quotation marks', () => {
    const intervals = [
      { word: 'a "b"', start: 0.5, end: 1 },
      { word: 'c', start: 0.9, end: 1.5 },
      { word: 'd', start: 1, end: 1.2 },
    ];
    const text = textGrid([{ name: 'words', intervals }], 2);
    expect(text).toContain('intervals: size = 4\n');
    expect([...text.matchAll(/xmin = (\S+)\n +xmax = (\S+)\n +text = (.*)/g)].map((match) => match.slice(1))).toEqual([
      ['0', '0.5', '""'],
      ['0.5', '1', '"a ""b"""'],
      ['1', '1.5', '"c"'],
      ['1.5', '2', '""'],
    ]);
  });

  const venv = join(import.meta.dirname, '../../../.cache/venv/bin/python');
  const python = process.env.AURICLE_PYTHON ?? (existsSync(venv) ? venv : 'python3');
  const isThere = spawnSync(python, ['-c', 'import textgrid, praatio']).status === 0;
  if (!isThere) console.log(`skipped: no textgrid and praatio in ${python} (AURICLE_PYTHON names another)`);
  it.skipIf(!isThere)('is read back by the Python packages textgrid and praatio', () => {
    const words = [...spoken('one "two" é'), ...spoken('four', 3)];
    const tiers = [
      { name: 'anna', intervals: words },
      { name: 'bert', intervals: [] },
    ];
    const { stdout, stderr } = spawnSync(python, ['-B', join(import.meta.dirname, 'read_textgrid.py')], {
      input: textGrid(tiers, 5),
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    const read = JSON.parse(stdout) as Record<string, [string, [number, number, string][]][]>;
    for (const [[first, intervals], [second, nothing]] of Object.values(read)) {
      expect([first, second]).toEqual(['anna', 'bert']);
      expect(nothing).toEqual([[0, 5, '']]);
      const said = intervals.filter(([, , text]) => text !== '');
      expect(said.map(([start, end, text]) => [ms(start), ms(end), text])).toEqual(
        words.map(({ word, start, end }) => [ms(start), ms(end), word]),
      );
    }
  });
});
