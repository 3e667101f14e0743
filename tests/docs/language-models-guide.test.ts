/** docs/guides/language-models-and-hotwords.md, command by command, with the model that comes with the project. */
import { copyFile, cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadModel } from '@auricle/decoding';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Guide, openGuide, ROOT } from './guide.js';

const SPOKEN = 'three one four one five nine two';
const DIGITS = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];

let guide: Guide;
beforeAll(async () => {
  guide = await openGuide('language-models-and-hotwords.md');
  await writeFile(guide.at('hotwords.txt'), guide.block('text'));
  const lines = (count: number, step: number) =>
    Array.from({ length: count }, (_, i) =>
      Array.from({ length: 3 + (i % 4) }, (_, j) => DIGITS[(i * step + j * (1 + (i % 3))) % 10]).join(' '),
    ).join('\n');
  await writeFile(guide.at('sentences.txt'), `${lines(200, 7)}\n${SPOKEN}\n`);
  await writeFile(guide.at('other.txt'), lines(100, 3));
  await writeFile(guide.at('held-out.txt'), `${lines(20, 3)}\n${lines(20, 7)}\n${SPOKEN}\n`);
  await copyFile(join(ROOT, 'models/digits-en/recording.wav'), guide.at('recording.wav'));
  const { samples, sampleRate } = await readAudio();
  await writeFile(
    guide.at('dev.jsonl'),
    `${JSON.stringify({ audio_filepath: 'recording.wav', duration: samples / sampleRate, text: SPOKEN })}\n`,
  );
  await copyFile(guide.at('dev.jsonl'), guide.at('recordings.jsonl'));
  await cp(join(ROOT, 'models/digits-en'), guide.at('my-model'), { recursive: true });
});
afterAll(() => guide.remove());

async function readAudio() {
  const { readAudioFile } = await import('@auricle/audio');
  const pcm = await readAudioFile(guide.at('recording.wav'));
  return { samples: pcm.samples.length, sampleRate: pcm.sampleRate };
}

it('takes texts to a tuned model and hotwords, every command as it stands', async () => {
  expect(guide.commands).toHaveLength(13);
  const [built, info, perplexity, , mixed, tuned, evaluated, ...rest] = guide.commands.map(guide.run);
  const [priors, tunedWithPriors, evaluatedWithPriors, attached, heard, json] = rest;
  expect(built).toContain('words in 201 sentences');
  expect(info).toMatch(/1-grams: 13\n2-grams: \d+\n3-grams: \d+\n.*bytes an n-gram, values of 16 bits/);
  expect(perplexity).toMatch(/^perplexity \d+\.\d\d, without unknown words/);
  expect(mixed).toMatch(/^weight of digits\.lm: [01]\.\d{3}\n/);
  expect(tuned).toMatch(/^greedy: .*\n(alpha .*\n)+best: --alpha [\d.]+ --beta -?[\d.]+ /);
  expect(evaluated).toMatch(/^WER +0\.00 %/m);
  expect(priors).toMatch(/^my-model: priors of 11 tokens from \d+ frames: <blk> [89]\d\.\d %, /);
  expect(tunedWithPriors).toMatch(/best: --alpha [\d.]+ --beta -?[\d.]+ --prior-scale [\d.]+ /);
  expect(evaluatedWithPriors).toMatch(/^WER +0\.00 %/m);
  expect(attached).toBe('my-model: language model digits.lm, lexicon none\n');
  expect(guide.run('npx auricle transcribe --model my-model recording.wav')).toBe(`${SPOKEN}\n`);
  expect(heard).toBe(`${SPOKEN}\n`);
  expect(JSON.parse(json).text).toBe(SPOKEN);
  expect((await loadModel(guide.at('mixed.lm'))).shape.order).toBe(3);
}, 120_000);
