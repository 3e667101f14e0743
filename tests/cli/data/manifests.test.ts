/** From recordings and a spreadsheet to manifests, by the commands that a user types. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { filterCommand } from '@auricle/cli/commands/data/filter';
import { importCommand } from '@auricle/cli/commands/data/import';
import { splitCommand } from '@auricle/cli/commands/data/split';
import { statsCommand } from '@auricle/cli/commands/data/stats';
import { subsetCommand } from '@auricle/cli/commands/data/subset';
import { validateCommand } from '@auricle/cli/commands/data/validate';
import { readManifest } from '@auricle/datasets';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tone, wavBytes } from '../../datasets/files.js';
import { runCommand } from './run-command.js';

const RATE = 8000;
let folder: string;
const at = (name: string) => join(folder, name);

/** Twelve recordings by four speakers; row 4 names a file that is not there, recording 5 is silent. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auricle-data-'));
  const rows = ['Datei;Satz;Wer'];
  for (let i = 0; i < 12; i++) {
    const name = i === 4 ? 'gone.wav' : `${i}.wav`;
    rows.push(`${name};wort ${'abcdefghijkl'[i]};sp${i % 4}`);
    const loudness = i === 5 ? 0 : 0.5;
    await writeFile(at(`${i}.wav`), wavBytes(tone(1, RATE, 200 + 10 * i, loudness), RATE));
  }
  await writeFile(at('tabelle.csv'), rows.join('\r\n'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('auricle data', () => {
  it('imports the spreadsheet and lists what it leaves out', async () => {
    const columns = ['--audio', 'Datei', '--text', 'Satz', '--speaker', 'Wer', '--delimiter', ';'];
    const { output, status } = await runCommand(
      importCommand,
      ...['csv', at('tabelle.csv'), at('lists/all.jsonl'), ...columns],
    );
    expect(status).toBe(0);
    expect(output).toContain(`${at('lists/all.jsonl')}: 11 utterances, 0.003 h`);
    expect(output).toContain('left out: 1 by AUR_AUDIO_MISSING');
    expect(output).toContain(at('gone.wav'));
    expect((await readManifest(at('lists/all.jsonl')))[0]).toEqual({
      ...{ audio_filepath: '../0.wav', duration: 1, text: 'wort a', speaker: 'sp0' },
    });
  });

  it('validates it: exit code 2 and a quarantine that says why', async () => {
    const { output, status } = await runCommand(validateCommand, ...[at('lists/all.jsonl'), '--out', at('checked')]);
    expect(status).toBe(2);
    expect(output).toContain('10 of 11 lines clean, 0.003 h; 1 quarantined');
    expect(output).toContain('quarantined: 1 by AUR_VALIDATE_SILENT');
    expect((await readdir(at('checked'))).sort()).toEqual(['clean.jsonl', 'quarantine.jsonl', 'warnings.jsonl']);
    const { recording } = JSON.parse(await readFile(at('checked/quarantine.jsonl'), 'utf8'));
    expect(recording.audio_filepath).toBe('../5.wav');
  });

  it('validates what is left: exit code 0', async () => {
    expect(await runCommand(validateCommand, at('checked/clean.jsonl'))).toEqual({
      output: expect.stringContaining('10 of 10 lines clean'),
      status: 0,
    });
  });

  it('checks texts against a vocabulary, without opening a recording if so asked', async () => {
    const symbols = ['<blk>', '▁', ...'wortabcdefghijk'];
    await writeFile(at('tokens.txt'), [...new Set(symbols)].map((symbol, id) => `${symbol} ${id}\n`).join(''));
    const { output, status } = await runCommand(
      validateCommand,
      ...[at('lists/all.jsonl'), '--no-audio', '--vocabulary', at('tokens.txt')],
    );
    expect(status).toBe(2);
    expect(output).toMatch(/quarantined: 1 by AUR_DECODING_UNKNOWN_SYMBOL, for example\n.*"l" in "wort l"/);
    // The silence was not heard.
    expect(output).toContain('10 of 11 lines clean');
  });

  it('tells the figures of it and writes a page', async () => {
    const { output } = await runCommand(statsCommand, at('checked/clean.jsonl'));
    expect(output).toMatch(/^utterances +10\nhours +0.003\nspeakers +4\n/);
    expect(await readFile(at('checked/clean.html'), 'utf8')).toContain('<svg');
  });

  it('splits it by speaker, so that no check finds one in two parts', async () => {
    const { output } = await runCommand(
      splitCommand,
      ...[at('checked/clean.jsonl'), at('parts'), '--parts', 'train=0.5', 'dev=0.5', '--seed', '3'],
    );
    expect(output).toMatch(/train.jsonl: \d utterances, 0.00\d h, 2 speakers\n.*dev.jsonl: /);
    const checked = await runCommand(validateCommand, at('parts/train.jsonl'), at('parts/dev.jsonl'));
    expect(checked.status).toBe(0);
    expect(checked.output).not.toContain('AUR_VALIDATE_SPEAKER_OVERLAP');
  });

  it('filters it and draws a part of it', async () => {
    const filter = ['--speakers', 'sp0', 'sp1', '--text', '[a-h]$', '--max-seconds', '2'];
    const { output } = await runCommand(filterCommand, at('checked/clean.jsonl'), at('few.jsonl'), ...filter);
    expect(output).toBe(`${at('few.jsonl')}: 2 utterances, 0.001 h; 8 left out`);
    const drawn = await runCommand(
      subsetCommand,
      ...[at('checked/clean.jsonl'), at('drawn.jsonl'), '--utterances', '4', '--balance-speakers'],
    );
    expect(drawn.output).toBe(`${at('drawn.jsonl')}: 4 utterances, 0.001 h, 4 speakers`);
  });

  it.each([
    ['kaldi', 'AUR_MANIFEST_MISSING'],
    ['csv', 'AUR_IMPORT_SOURCE'],
    ['folder', 'AUR_IMPORT_SOURCE'],
    ['librispeech', 'AUR_IMPORT_SOURCE'],
  ])('import %s names a source that is not there', async (layout, code) => {
    const act = runCommand(importCommand, layout, '/nowhere/corpus', at('none.jsonl'));
    await expect(act).rejects.toMatchObject({ code, message: expect.stringContaining('/nowhere/corpus') });
  });

  it.each([
    [filterCommand, ['--min-seconds', 'x'], 'AUR_DATA_OPTIONS', 'minimumSeconds'],
    [subsetCommand, ['--utterances', ''], 'AUR_DATA_OPTIONS', 'utterances'],
    [splitCommand, ['--parts', 'train'], 'AUR_DATA_OPTIONS', 'fractions.train'],
  ])('refuses options that make no sense', async (command, options, code, part) => {
    const act = runCommand(command, at('lists/all.jsonl'), at('none.jsonl'), ...options);
    await expect(act).rejects.toMatchObject({ code, message: expect.stringContaining(part) });
  });

  it('names a vocabulary that is missing', async () => {
    const act = runCommand(validateCommand, at('lists/all.jsonl'), '--vocabulary', '/nowhere/tokens.txt');
    await expect(act).rejects.toMatchObject({ code: 'AUR_VALIDATE_VOCABULARY' });
  });
});
