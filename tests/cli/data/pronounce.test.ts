import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pronounceCommand } from '@auricle/cli/commands/data/pronounce';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { temporaryFolder } from '../../datasets/files.js';

let printed: string;
beforeEach(() => {
  printed = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += text;
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});

async function pronounce(...args: string[]): Promise<string> {
  const lexicon = join(await temporaryFolder(), 'lexicon.txt');
  await writeFile(lexicon, 'tan t æ n\nnat n æ t\ntat t æ t\nnana n æ n ə\ntana t æ n ə\ntata t æ t ə\n');
  await pronounceCommand.parseAsync([lexicon, ...args], { from: 'user' });
  return printed;
}

it('guesses the words that the lexicon lacks, each once, as lines of it', async () => {
  expect(await pronounce('natan', 'tan', 'natan')).toBe('natan n æ t æ n\n');
});

it('guesses several for a word where that is asked for', async () => {
  const lines = (await pronounce('nant', '--most', '2')).trimEnd().split('\n');
  expect(lines).toHaveLength(2);
  expect(lines[0]).toBe('nant n æ n t');
});

it('says nothing where every word is there', async () => {
  expect(await pronounce('tan', 'nat')).toBe('');
});

it('names a word with letters that the lexicon does not teach', async () => {
  await expect(pronounce('tux')).rejects.toMatchObject({
    code: 'AUR_CLI_PRONUNCIATION',
    message: expect.stringContaining('"tux"'),
  });
});
