import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { normaliseCommand } from '@auricle/cli/commands/data/normalise';
import { readManifest } from '@auricle/datasets';
import { expect, it, vi } from 'vitest';
import { temporaryFolder } from '../../datasets/files.js';

it('auricle data normalise prints what it did and what it left out', async () => {
  const folder = await temporaryFolder();
  const texts = ['On the 3rd.', 'plain', 'a ☃', '☃ or ☂'];
  const lines = texts.map((text) => JSON.stringify({ audio_filepath: 'x.wav', duration: 1, text }));
  const [from, to] = [join(folder, 'raw.jsonl'), join(folder, 'train.jsonl')];
  await writeFile(from, lines.join('\n'));
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  await normaliseCommand.parseAsync([from, to, '--language', 'en'], { from: 'user' });
  const printed = log.mock.calls.map(([line]) => line as string);
  log.mockRestore();

  expect((await readManifest(to)).map(({ text }) => text)).toEqual(['on the third', 'plain']);
  expect(printed[0]).toBe(`${to}: 2 utterances, the text of 1 changed`);
  expect(printed[1]).toContain('left out: 2 by AUR_TEXT_UNKNOWN');
  expect(printed.slice(3, 5)).toEqual(['  ☃ U+2603 2', '  ☂ U+2602 1']);
  expect(printed.at(-1)).toBe(`${join(folder, 'train.quarantine.jsonl')}: all 2 left out`);
});
