import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { manifestStatistics, statisticsPage, summaryRows } from '@auricle/datasets';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../files.js';

const LINES = [
  { audio_filepath: 'a.wav', duration: 2, text: 'ab <b> ü', speaker: 'x' },
  { audio_filepath: 'b.wav', duration: 1, text: 'ab', speaker: 'y' },
  { audio_filepath: 'c.wav', duration: 3, text: '', speaker: 'x' },
  { audio_filepath: 'd.wav', duration: 4, label: 'rain' },
];

async function statistics(lines: object[] = LINES, name = 'm.jsonl') {
  const path = join(await temporaryFolder(), name);
  await writeFile(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return manifestStatistics(path);
}

describe('manifestStatistics', () => {
  it('counts recordings, speakers, words and characters', async () => {
    expect(await statistics()).toMatchObject({
      ...{ utterances: 4, seconds: 10, withoutSpeaker: 1, words: 4, distinctWords: 3 },
      durations: Float32Array.of(1, 2, 3, 4),
      rates: Float32Array.of(0, 2, 3),
      wordCounts: Float32Array.of(0, 1, 3),
      speakerSeconds: Float32Array.of(1, 5),
      characters: [
        ['b', 3],
        ['a', 2],
        ['<', 1],
        ['>', 1],
        ['ü', 1],
      ],
    });
  });

  it('names file and line of a bad line', async () => {
    await expect(statistics([LINES[0], {}])).rejects.toThrow('m.jsonl:2: ');
  });
});

describe('summaryRows', () => {
  it('says it in words', async () => {
    const rows = new Map(summaryRows(await statistics()));
    expect(rows.get('hours')).toBe('0.003');
    expect(rows.get('speakers')).toBe('2 (1 lines without)');
    expect(rows.get('seconds an utterance')).toMatch(/^least 1 · p1 1.03 · .* · median 2.5 · .* · most 4$/);
    expect(rows.get('characters')).toBe('5 distinct: b a < > ü');
  });

  it('has nothing to say of an empty manifest, and says so', async () => {
    const rows = new Map(summaryRows(await statistics([])));
    expect(rows.get('utterances')).toBe('0');
    expect(rows.get('characters a second')).toBe('-');
  });
});

describe('statisticsPage', () => {
  it('has a picture of every distribution and needs nothing from elsewhere', async () => {
    const page = statisticsPage(await statistics());
    expect(page.match(/<svg /g)).toHaveLength(5);
    expect(page).toContain('<title>b: 3</title>');
    expect(page).toContain('prefers-color-scheme: dark');
    expect(page).not.toMatch(/https?:|src=|href=|@import|url\(|<script/);
  });

  it('shows texts and names as text, whatever they hold', async () => {
    const page = statisticsPage(await statistics(LINES, '<img src=x>&".jsonl'));
    expect(page).not.toContain('<img');
    expect(page).toContain('&lt;img src=x&gt;&amp;&quot;.jsonl');
    expect(page).toContain('<title>&lt;: 1</title>');
  });

  it('has no picture of what is not there', async () => {
    expect(statisticsPage(await statistics([]))).not.toContain('<svg');
  });
});
