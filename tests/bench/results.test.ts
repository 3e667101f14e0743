/** The made part of bench/RESULTS.md: made of the kept runs alone, and the rest of the page left as it is. */
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readRuns, resultsPart, withRun, writeResults } from '../../bench/run/results.mjs';

const BENCH = resolve(import.meta.dirname, '../../bench');
const BEFORE = '# Results\r\n\n  By hand: $& and $1, | and <!-- a remark -->\n\n';
const AFTER = '\n\n## Digits\n\n| a | b |\n|---|---|\n\ttab, no newline at the end';
const ORDER = ['fbank', 'streams', 'protocols'];

const comparison = (name: string, ratio: number) => ({
  comparison: name,
  unit: 'x real time',
  better: 'higher',
  ours: 2524 * ratio,
  peer: 2524,
  peerName: 'a | peer',
  ratio,
  rounds: 3,
});
const run = (bench: string, ...comparisons: ReturnType<typeof comparison>[]) => ({
  bench,
  command: `node bench/${bench}.mjs 3`,
  date: '2026-01-02T03:04Z',
  machine: 'a processor, 2 cores, 8 GiB, linux x64',
  versions: { node: '20.20.0', peer: '1.2' },
  load: { before: 0.1, after: 2 },
  seconds: 12,
  comparisons,
});

let folder: string;
const page = () => readFile(join(folder, 'RESULTS.md'), 'utf8');
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auricle-results-'));
  await writeFile(join(folder, 'RESULTS.md'), `${BEFORE}<!-- made: comparisons -->\nold\n<!-- end -->${AFTER}`);
});
afterEach(() => rm(folder, { recursive: true }));

describe('what npm run bench writes', () => {
  it('has a row for each comparison and leaves the rest of the page as it is, to the byte', async () => {
    await writeResults(folder, [run('fbank', comparison('whole', 2), comparison('in packets', 0.5))]);
    const text = await page();
    expect(text.startsWith(`${BEFORE}<!-- made: comparisons -->\n`)).toBe(true);
    expect(text.endsWith(`<!-- end -->${AFTER}`)).toBe(true);
    const rows = text.split('\n').filter((line) => line.includes('bench/fbank.mjs'));
    expect(rows.map((row) => row.replaceAll(/ +/g, ' '))).toEqual([
      '| whole | x real time, higher is better | 5,048 | 2,524 | a \\| peer | 2.00 | 3 | `npm run bench -- fbank` (`node bench/fbank.mjs 3`) |',
      '| in packets | x real time, higher is better | 1,262 | 2,524 | a \\| peer | 0.50 | 3 | `npm run bench -- fbank` (`node bench/fbank.mjs 3`) |',
    ]);
    expect(text.replaceAll(/ +/g, ' ')).toContain(
      '| fbank | 2026-01-02 03:04 UTC | a processor, 2 cores, 8 GiB, linux x64 | node 20.20.0, peer 1.2 | 0.1 and 2 | 12 s |',
    );
  });

  it('is the same when it is written again', async () => {
    await writeResults(folder, [run('fbank', comparison('whole', 2))]);
    const once = await page();
    await writeResults(folder, await readRuns(folder));
    expect(await page()).toBe(once);
  });

  it('keeps the rows of other scripts, in their order, and replaces those of the one that ran', async () => {
    const first = [run('fbank', comparison('whole', 2)), run('protocols', comparison('vosk', 0.9))];
    await writeResults(folder, first);
    const again = run('fbank', comparison('whole', 3));
    await writeResults(folder, withRun(await readRuns(folder), again, ORDER));
    expect(await readRuns(folder)).toEqual([again, first[1]]);
    const more = run('streams', comparison('live', 1.5));
    await writeResults(folder, withRun(await readRuns(folder), more, ORDER));
    expect(await readRuns(folder)).toEqual([again, more, first[1]]);
  });

  it('is refused where the page has no place for it, and nothing is written', async () => {
    await writeFile(join(folder, 'RESULTS.md'), '# Results\n');
    await expect(writeResults(folder, [run('fbank', comparison('whole', 2))])).rejects.toThrow('<!-- made');
    expect(await readRuns(folder)).toEqual([]);
    expect(await page()).toBe('# Results\n');
  });

  it('is refused where the kept runs are not what they should be', async () => {
    await writeFile(join(folder, 'comparisons.json'), JSON.stringify([{ ...run('fbank'), comparisons: [{}] }]));
    await expect(readRuns(folder)).rejects.toThrow('comparisons');
  });
});

describe('bench/RESULTS.md and bench/ratios.svg', () => {
  it('are what is made of bench/comparisons.json', async () => {
    const runs = await readRuns(BENCH);
    const kept = await readFile(join(BENCH, 'RESULTS.md'), 'utf8');
    expect(kept).toContain(`<!-- made: comparisons -->\n\n${resultsPart(runs)}\n\n<!-- end -->`);
    await copyFile(join(BENCH, 'RESULTS.md'), join(folder, 'RESULTS.md'));
    await writeResults(folder, runs);
    const [made, own] = await Promise.all([folder, BENCH].map((from) => readFile(join(from, 'ratios.svg'), 'utf8')));
    expect(made).toBe(own);
  });
});
