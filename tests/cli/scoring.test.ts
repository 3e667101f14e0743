/** `auricle evaluate`, `score` and `compare`, where something is amiss or asked for in another way than in the guide. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { audioInfo } from '@auricle/audio';
import { compareCommand } from '@auricle/cli/commands/compare';
import { evaluateCommand } from '@auricle/cli/commands/evaluate';
import { scoreCommand } from '@auricle/cli/commands/score';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from './data/run-command.js';

const RECORDING = resolve(import.meta.dirname, '../../models/digits-en/recording.wav');
const SPOKEN = 'three one four one five nine two';

let folder: string;
let good: object;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auricle-scoring-'));
  good = { audio_filepath: RECORDING, duration: (await audioInfo(RECORDING)).duration, text: SPOKEN };
});
afterAll(() => rm(folder, { recursive: true }));

async function file(name: string, ...lines: (string | object)[]): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'));
  return path;
}
const refusal = (code: string) => expect.objectContaining({ code });

describe('auricle evaluate', () => {
  const gone = { audio_filepath: 'gone.wav', duration: 1, text: 'one' };

  it('names the recordings that it cannot read, leaves them out and exits with 2', async () => {
    const text = await file('text.wav', 'this is no audio');
    const manifest = await file(
      'test.jsonl',
      gone,
      { ...good, id: 'first' },
      { audio_filepath: text, duration: 1, text: 'two' },
      { features_filepath: 'a.npy', duration: 1, text: 'three' },
      { ...good, id: 'late', offset: 100 },
    );
    const json = join(folder, 'figures.json');
    const { output, status } = await runCommand(evaluateCommand, manifest, '--json', json);
    expect(status).toBe(2);
    expect(output).toContain('not read: gone.wav: AUR_AUDIO_');
    expect(output).toContain('4 of 5 utterances could not be read and are in no figure');
    expect(output).toMatch(/^WER +0\.00 % .* 7 words$/m);
    const { unreadable, utterances } = JSON.parse(await readFile(json, 'utf8'));
    expect(unreadable.map(({ id }: { id: string }) => id)).toEqual(['gone.wav', text, 'a.npy', 'late']);
    expect(utterances).toMatchObject([{ id: 'first', reference: SPOKEN, hypothesis: SPOKEN }]);
  });

  it('fails where it can read none, and where there is none', async () => {
    const unreadable = await file('unreadable.jsonl', gone);
    await expect(runCommand(evaluateCommand, unreadable)).rejects.toEqual(refusal('AUR_CLI_NOTHING_TO_SCORE'));
    await expect(runCommand(evaluateCommand, await file('empty.jsonl'))).rejects.toEqual(
      refusal('AUR_CLI_NOTHING_TO_SCORE'),
    );
  });

  it('takes several manifests, in which an utterance is once', async () => {
    const [first, second] = [await file('1.jsonl', { ...good, id: 1 }), await file('2.jsonl', { ...good, id: 2 })];
    const { output } = await runCommand(evaluateCommand, first, second, '--server');
    expect(output).toMatch(/^SER +0\.00 % .* 2 utterances$/m);
    await expect(runCommand(evaluateCommand, first, first)).rejects.toEqual(refusal('AUR_CLI_UTTERANCE_TWICE'));
  });

  it('refuses what is no language before it recognises anything', async () => {
    const command = runCommand(evaluateCommand, '/nowhere.jsonl', '--normalise', 'english');
    await expect(command).rejects.toEqual(refusal('AUR_TEXT_LANGUAGE'));
  });
});

describe('auricle score', () => {
  it('compares texts as they are, or in the form that a model learns', async () => {
    const said = await file('said.trn', 'Mr. Smith paid 3 pounds. (a-1)', '1 я (a-2)');
    const heard = await file('heard.trn', 'mister smith paid three pounds (a-1)', 'one я (a-2)');
    expect((await runCommand(scoreCommand, said, heard)).output).toMatch(/^WER +71\.43 %/m);
    const { output } = await runCommand(scoreCommand, said, heard, '--normalise', 'en');
    expect(output).toMatch(/^WER +0\.00 %/m);
    expect(output).toContain('no rule of the normalisation covers "я" (in 2 texts)');
  });

  it('counts as sclite does, if that is asked for', async () => {
    const [said, heard] = [await file('ab.trn', 'a b (1)'), await file('bx.trn', 'b x (1)')];
    expect((await runCommand(scoreCommand, said, heard)).output).toMatch(/^WER .* 2 +2 +0 +0 +2 words$/m);
    const { output } = await runCommand(scoreCommand, said, heard, '--alignment', 'sclite');
    expect(output).toMatch(/^WER .* 2 +0 +1 +1 +2 words$/m);
  });

  it('tells of references in which nothing is said', async () => {
    const [said, heard] = [await file('silence.trn', '(1)', 'a (2)'), await file('noise.trn', 'b c (1)', 'a (2)')];
    const { output } = await runCommand(scoreCommand, said, heard);
    expect(output).toMatch(/^WER +200\.00 % .* 2 +0 +0 +2 +1 words$/m);
    expect(output).toContain('in 1 utterances nothing is said');
  });

  it('gives the same intervals for the same seed', async () => {
    const numbers = Array.from({ length: 200 }, (_, i) => i);
    const said = await file('many.trn', ...numbers.map((i) => `${'a '.repeat(1 + (i % 7))}(${i})`));
    const heard = await file('heard-many.trn', ...numbers.map((i) => `${'a '.repeat(1 + (i % 5))}(${i})`));
    const withSeed = async (seed: string) => (await runCommand(scoreCommand, said, heard, '--seed', seed)).output;
    expect(await withSeed('3')).toBe(await withSeed('3'));
    expect(await withSeed('3')).not.toBe(await withSeed('4'));
  });

  it('leaves out what was not heard, and fails where nothing is left', async () => {
    const said = await file('two.trn', 'a (1)', 'b (2)');
    const { output } = await runCommand(scoreCommand, said, await file('one.trn', 'a (1)'), '--missing', 'skip');
    expect(output).toContain('without a hypothesis: 1 utterances, the first 2; left out');
    expect(output).toMatch(/^WER +0\.00 % .* 1 words$/m);
  });
});

describe('auricle compare', () => {
  const numbers = Array.from({ length: 80 }, (_, i) => i);
  const text = (i: number) => `this is number n${i} of them`;
  const kept = (name: string, heard: (i: number) => string, from = 0) =>
    file(name, ...numbers.slice(from).map((i) => ({ id: i, reference: text(i), hypothesis: heard(i) })));
  const wrong = (i: number) => (i % 4 === 0 ? text(i) : text(i).replace('is', 'was'));

  it('tells which of two systems is better and that it is more than chance', async () => {
    const [first, second] = [await kept('wrong.jsonl', wrong), await kept('right.jsonl', text, 10)];
    const json = join(folder, 'comparison.json');
    const { output, status } = await runCommand(compareCommand, first, second, '--json', json);
    expect(status).toBe(0);
    expect(output).toContain('the second is better, significant at the 5 % level');
    expect(output).toContain('70 utterances in both');
    expect(output).toMatch(/not compared: 10 utterances that only .*wrong\.jsonl has, the first 0/);
    const { test, difference, interval } = JSON.parse(await readFile(json, 'utf8'));
    expect(test.p).toBeLessThan(1e-6);
    expect(difference).toBeLessThan(0);
    expect(interval.high).toBeLessThan(0);
    expect((await runCommand(compareCommand, second, first)).output).toContain('the first is better');
  });

  it('takes references from a file of their own', async () => {
    const said = await file('said-all', ...numbers.map((i) => `${i} ${text(i)}`));
    const [first, second] = await Promise.all(
      [wrong, text].map((heard, at) => file(`heard-${at}`, ...numbers.map((i) => `${i} ${heard(i)}`))),
    );
    const { output } = await runCommand(compareCommand, first, second, '--references', said);
    expect(output).toContain('the second is better');
    expect(output).toContain('80 utterances in both');
  });

  it('says when there are few segments, and refuses other references', async () => {
    const few = await file('few.jsonl', { id: 1, reference: 'a b', hypothesis: 'a' });
    expect((await runCommand(compareCommand, few, few)).output).toContain('take p as a hint');
    const other = await file('other.jsonl', { id: 1, reference: 'a c', hypothesis: 'a' });
    await expect(runCommand(compareCommand, few, other)).rejects.toEqual(refusal('AUR_DECODING_REFERENCES'));
    const elsewhere = await file('elsewhere.jsonl', { id: 2, reference: 'a b', hypothesis: 'a' });
    await expect(runCommand(compareCommand, few, elsewhere)).rejects.toEqual(refusal('AUR_DECODING_NOT_SHARED'));
  });
});
