/** docs/guides/word-times-and-alignment.md, command by command, with the model that comes with the project. */
import { copyFile, cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { audioInfo } from '@auricle/audio';
import { type EndpointOptions, endpointRules } from '@auricle/decoding';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Guide, openGuide, ROOT } from './guide.js';

const SPOKEN = 'three one four one five nine two';
const RECORDING = join(ROOT, 'models/digits-en/recording.wav');

let guide: Guide;
beforeAll(async () => {
  guide = await openGuide('word-times-and-alignment.md');
  await copyFile(RECORDING, guide.at('recording.wav'));
  await writeFile(guide.at('said.txt'), `${SPOKEN}\n`);
  await cp(join(ROOT, 'models/digits-en'), guide.at('my-model'), { recursive: true });
  const { duration } = await audioInfo(RECORDING);
  const line = (id: string, text: string) => JSON.stringify({ id, audio_filepath: 'recording.wav', duration, text });
  await writeFile(guide.at('test.jsonl'), `${line('one', SPOKEN)}\n${line('two', 'three one four one five nine')}\n`);
  // One of them with a word that is not said.
  const dev = Array.from({ length: 10 }, (_, i) => line(`${i}`, i === 3 ? SPOKEN.replace('nine', 'six') : SPOKEN));
  await writeFile(guide.at('dev.jsonl'), dev.join('\n'));
});
afterAll(() => guide.remove());

it('takes a recording and its text to times, figures and corrections, every command as it stands', async () => {
  expect(guide.commands).toHaveLength(7);
  const outputs = guide.commands.slice(0, 5).map(guide.run);
  const [aligned, , , evaluated, compared] = outputs;
  const words = aligned.trim().split('\n');
  expect(words.map((line) => line.split(' ')[4]).join(' ')).toBe(SPOKEN);
  expect(words.slice(0, 2).join('\n')).toBe(guide.text.match(/^recording 1 .*\nrecording 1 .*$/m)![0]);

  expect(await readFile(guide.at('grids/one.TextGrid'), 'utf8')).toMatch(/name = "words"[\s\S]*name = "tokens"/);
  expect(await readFile(guide.at('captions/one.srt'), 'utf8')).toMatch(/^1\n00:00:00,\d\d\d --> 00:00:0/);
  expect(await readFile(guide.at('test.ctm'), 'utf8')).toMatch(/^one 1 0\.\d+ 0\.\d+ ▁three /);
  expect(evaluated).toMatch(/^word times beside forced alignment: median error \d+ ms, .*13 words$/m);
  expect(compared).toMatch(/^word times beside words\.ctm: median error \d+ ms, .*13 words$/m);
  expect(evaluated).toMatch(/^confidence: 0\.9\d+ on average where 0\.9286 of 14 words are right; expected/m);

  const plain = JSON.parse(await readFile(guide.at('my-model/bundle.json'), 'utf8'));
  const [measured, written] = guide.commands.slice(5).map(guide.run);
  for (const output of [measured, written]) {
    expect(output).toMatch(/^word start: -?0\.\d+ s from the model's emission, by 10 recordings; before median/m);
    expect(output).toMatch(/^word end: /m);
    expect(output).toMatch(
      /^greedy: 70 words, 69 right; expected calibration error before 0\.\d+ .* on words held out /m,
    );
    expect(output).toMatch(/^beam: /m);
  }
  const { wordTimes, ...rest } = JSON.parse(await readFile(guide.at('my-model/bundle.json'), 'utf8'));
  expect(wordTimes).toEqual({ startOffset: expect.any(Number), endOffset: expect.any(Number) });
  expect(rest).toMatchObject({ name: plain.name, vocabulary: plain.vocabulary, results: plain.results });
}, 180_000);

it('shows rules that are rules', () => {
  const options: EndpointOptions = JSON.parse(guide.block('json'));
  expect(endpointRules(options).map(({ trailingSilence, quiet }) => quiet ?? trailingSilence)).toEqual([
    5, 0.8, 2, 0, 1.5,
  ]);
});
