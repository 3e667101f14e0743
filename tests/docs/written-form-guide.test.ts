/** docs/guides/written-form.md: its commands on the bundled recording, its table as it stands. */
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WrittenForm } from '@auricle/decoding';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writtenAs } from '../decoding/written-form/spoken.js';
import { type Guide, openGuide, ROOT } from './guide.js';

let guide: Guide;
beforeAll(async () => {
  guide = await openGuide('written-form.md');
  await copyFile(join(ROOT, 'models/digits-en/recording.wav'), guide.at('digits.wav'));
});
afterAll(() => guide.remove());

it('its commands print what they promise', () => {
  expect(guide.commands.map(guide.run)).toEqual(['3141592\n', '31415 niner 2\n']);
});

it('what its table says is heard is written so', () => {
  const [, table] = guide.text.split('| heard');
  const rows = [...table.split('\n\n')[0].matchAll(/^\| (.*?) +\| (.*?) +\|$/gm)].slice(1);
  expect(rows.length).toBe(9);
  const form = new WrittenForm({ rules: 'all' });
  for (const [, heard, written] of rows)
    expect(heard.split(' / ').map((text) => writtenAs(form, text))).toEqual(written.split(' / '));
});
