import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { normaliseManifest, readManifest } from '@auricle/datasets';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../files.js';

const LINES = [
  '{"audio_filepath":"a.wav","duration":1,"text":"In 1996, Mr. X.","speaker":"s"}',
  '{"audio_filepath":"b.wav","duration":1,"text":"already plain"}',
  '{"audio_filepath":"c.wav","duration":1,"text":"a ☃ and ☃"}',
  '{"audio_filepath":"d.wav","duration":1,"text":"…"}',
  '{"audio_filepath":"e.wav","duration":1,"text":""}',
  '{"audio_filepath":"f.wav","duration":1}',
  'no JSON',
];

async function manifestOf(lines: string[]): Promise<{ folder: string; from: string; to: string }> {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'in'));
  const from = join(folder, 'in/train.jsonl');
  await writeFile(from, `${lines.join('\n')}\n`);
  return { folder, from, to: join(folder, 'out/train.jsonl') };
}

describe('normaliseManifest', () => {
  it('writes normalised texts and keeps those that were written', async () => {
    const { from, to } = await manifestOf(LINES);
    await normaliseManifest(from, to, { language: 'en' });
    expect(await readManifest(to)).toEqual([
      {
        audio_filepath: '../in/a.wav',
        duration: 1,
        text: 'in nineteen ninety six mister x',
        speaker: 's',
        text_original: 'In 1996, Mr. X.',
      },
      { audio_filepath: '../in/b.wav', duration: 1, text: 'already plain', text_original: 'already plain' },
      { audio_filepath: '../in/e.wav', duration: 1, text: '', text_original: '' },
    ]);
  });

  it('puts what it cannot normalise beside it, counted, with the reason', async () => {
    const { folder, from, to } = await manifestOf(LINES);
    const quarantinePath = join(folder, 'out/train.quarantine.jsonl');
    const report = await normaliseManifest(from, to, { language: 'en' });
    expect(report).toMatchObject({ utterances: 3, changed: 1, quarantined: 4, unknown: { '☃': 1 }, quarantinePath });
    expect(Object.entries(report.reasons).map(([code, { count }]) => [code, count])).toEqual([
      ['AUR_TEXT_UNKNOWN', 1],
      ['AUR_TEXT_EMPTY', 1],
      ['AUR_MANIFEST_FIELD', 1],
      ['AUR_MANIFEST_JSON', 1],
    ]);
    const records = (await readFile(quarantinePath, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(records.map(({ source, line }) => [source, line])).toEqual(
      [3, 4, 6, 7].map((n) => ['../in/train.jsonl', n]),
    );
    expect(records[0].reasons[0].message).toContain('train.jsonl:3: "☃" U+2603: no rule of language en');
    expect(records[0].recording).toEqual({ audio_filepath: '../in/c.wav', duration: 1, text: 'a ☃ and ☃' });
    expect(records[3].content).toBe('no JSON');
  });

  it('writes no quarantine where there is nothing to put in it', async () => {
    const { to, from } = await manifestOf(LINES.slice(0, 2));
    const report = await normaliseManifest(from, to, { language: 'en' });
    expect(report).toEqual({ utterances: 2, changed: 1, quarantined: 0, reasons: {}, unknown: {} });
    await expect(readFile(to.replace('.jsonl', '.quarantine.jsonl'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('leaves a normalised manifest as it is', async () => {
    const { from, to } = await manifestOf(LINES.slice(0, 2));
    await normaliseManifest(from, to, { language: 'en' });
    const once = await readFile(to, 'utf8');
    await normaliseManifest(to, to, { language: 'en' });
    expect(await readFile(to, 'utf8')).toBe(once);
  });

  it('refuses a language that is none before it writes anything', async () => {
    const { from, to } = await manifestOf(LINES);
    await expect(normaliseManifest(from, to, { language: 'english' })).rejects.toMatchObject({
      code: 'AUR_TEXT_LANGUAGE',
    });
    await expect(readFile(to)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
