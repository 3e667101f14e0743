/** docs/guides/sounds.md, command by command, with two tones for words. */
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { parseLexicon } from '@auricle/decoding';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeToneCorpus } from '../fixtures/tone-corpus.js';
import { type Guide, openGuide } from './guide.js';

let guide: Guide;
beforeAll(async () => {
  guide = await openGuide('sounds.md');
  const recipe = await readFile(await writeToneCorpus(guide.folder), 'utf8');
  const settings = recipe.split('\n').filter((line) => !line.startsWith('vocabulary:'));
  await writeFile(guide.at('recipe.yaml'), `${settings.join('\n')}${guide.block('yaml')}`);
  await writeFile(
    guide.at('lexicon.txt'),
    'high h ī\nhi h ī\nlow l ō\nlo l ō\nlohi l ō h ī\nhiho h ī h ō\nloli l ō l ī\n',
  );
  await writeFile(guide.at('sentences.txt'), 'hi lo hi\nlo lo\nhi\nlo hi\n');
  await copyFile(guide.at('dev-0.wav'), guide.at('recording.wav'));
});
afterAll(() => guide.remove());

it('shows a lexicon that is one', () => {
  expect(parseLexicon(guide.block('text')).get('read')).toEqual(['rid', 'rɛd']);
});

it('takes recordings to words by way of sounds, every command as it stands', async () => {
  expect(guide.commands).toHaveLength(7);
  const [vocabulary, , , guessed, , attached, heard] = guide.commands.map(guide.run);
  expect(vocabulary).toContain('lang/tokens.txt: 6 tokens of');
  expect(attached).toBe('my-model: language model words.lm, lexicon lexicon.txt\n');
  expect(guessed).toBe('hilo h ī l ō\n');
  // What was trained for seconds hears little, but of homophones never the one that the language model does not have.
  expect(heard.trim()).toMatch(/^((hi|lo)( |$))*$/);
}, 120_000);
