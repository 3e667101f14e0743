import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { vocabCommand } from '@auricle/cli/commands/data/vocab';
import { encodeText, parseTokens, textOfTokens } from '@auricle/decoding';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { temporaryFolder } from '../../datasets/files.js';

const TEXTS = ['the cat sat on the mat', "that cat didn't sit", 'the rat sat there'];

let printed: string[];
beforeEach(() => {
  printed = [];
  vi.spyOn(console, 'log').mockImplementation((line: string) => {
    printed.push(line);
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});

async function manifests(folder: string): Promise<string[]> {
  const paths = TEXTS.map((_, i) => join(folder, `${i}.jsonl`));
  for (const [i, text] of TEXTS.entries())
    await writeFile(paths[i], `${JSON.stringify({ audio_filepath: 'x.wav', duration: 1, text })}\n`);
  return paths;
}

const vocab = (...args: string[]) => vocabCommand.parseAsync(args, { from: 'user' });

describe('auricle data vocab', () => {
  it.each([
    ['characters', [], 15],
    ['characters with bytes', ['--byte-fallback'], 271],
    ['words', [], 11],
    ['bpe', ['--size', '22'], 22],
    ['bpe with bytes', ['--size', '278', '--byte-fallback'], 278],
  ])('writes a tokens.txt of all manifests: %s', async (kind, flags, size) => {
    const folder = await temporaryFolder();
    await vocab(...(await manifests(folder)), join(folder, 'lang'), '--kind', kind.split(' ')[0], ...flags);
    const table = parseTokens(await readFile(join(folder, 'lang/tokens.txt'), 'utf8'));
    expect(table.symbols).toHaveLength(size);
    for (const text of TEXTS) expect(textOfTokens(table, encodeText(table, text))).toBe(text);
    expect(printed[0]).toBe(`${join(folder, 'lang/tokens.txt')}: ${size} tokens of 14 words, 10 different`);
    expect(printed.at(-1)).toMatch(/^\d\.\d\d tokens a word$/);
  });

  it('writes tokens of sounds by a lexicon, and says how many words it does not have', async () => {
    const folder = await temporaryFolder();
    const lexicon = join(folder, 'lexicon.txt');
    await writeFile(lexicon, 'the ð ə\ncat k æ t\nsat s æ t\nmat m æ t\non ɑ n\nthat ð æ t\nrat r æ t\n');
    const args = [...(await manifests(folder)), join(folder, 'lang')];
    await vocab(...args, '--kind', 'characters', '--lexicon', lexicon);
    const table = parseTokens(await readFile(join(folder, 'lang/tokens.txt'), 'utf8'));
    expect(table.symbols.slice(2)).toEqual(['k', 'm', 'n', 'r', 's', 't', 'æ', 'ð', 'ɑ', 'ə']);
    expect(printed[0]).toBe('3 words left out, which the lexicon does not have');
    expect(printed[1]).toContain('12 tokens of 11 words, 7 different');
  });

  it('says when there are no more pieces to be had', async () => {
    const folder = await temporaryFolder();
    await vocab(...(await manifests(folder)), join(folder, 'lang'), '--kind', 'bpe', '--size', '100');
    expect(printed[1]).toMatch(/^\d+ fewer than asked for/);
  });

  it.each([
    ['bpe without a size', ['a', 'b', '--kind', 'bpe'], 'AUR_CLI_VOCABULARY', '--size'],
    ['a size of words', ['a', 'b', '--kind', 'words', '--size', '9'], 'AUR_CLI_VOCABULARY', '--size'],
    ['bytes of words', ['a', 'b', '--kind', 'words', '--byte-fallback'], 'AUR_CLI_VOCABULARY', '--byte-fallback'],
    ['a folder alone', ['b', '--kind', 'words'], 'AUR_CLI_VOCABULARY', 'manifests'],
    ['a size that is none', ['a', 'b', '--kind', 'bpe', '--size', 'x'], 'AUR_CLI_NUMBER', '"x"'],
    ['a manifest that is missing', ['/nowhere.jsonl', 'b', '--kind', 'words'], 'AUR_MANIFEST_MISSING', '/nowhere'],
  ])('refuses %s', async (_, args, code, thing) => {
    await expect(vocab(...args)).rejects.toMatchObject({ code, message: expect.stringContaining(thing) });
  });

  it('writes nothing when it is refused', async () => {
    const folder = await temporaryFolder();
    const paths = await manifests(folder);
    const out = join(folder, 'lang');
    await expect(vocab(...paths, out, '--kind', 'bpe', '--size', '5')).rejects.toMatchObject({
      code: 'AUR_DECODING_VOCABULARY_SIZE',
    });
    await writeFile(paths[0], '{"audio_filepath":"x.wav","duration":1,"text":" "}\n');
    await expect(vocab(paths[0], out, '--kind', 'words')).rejects.toMatchObject({ code: 'AUR_CLI_VOCABULARY' });
    await expect(readFile(join(out, 'tokens.txt'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
