/** docs/guides/language-models-and-hotwords.md, command by command, with the model that comes with the project. */
import { execFileSync } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { loadModel } from '@auricle/decoding';
import { afterAll, beforeAll, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');
const SPOKEN = 'three one four one five nine two';
const DIGITS = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];

let folder: string;
let commands: string[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auricle-lm-guide-'));
  const guide = await readFile(join(ROOT, 'docs/guides/language-models-and-hotwords.md'), 'utf8');
  commands = [...guide.matchAll(/^```sh\n(.*?)^```/gms)].flatMap((match) => match[1].trim().split('\n'));
  await writeFile(at('hotwords.txt'), /^```text\n(.*?)^```/ms.exec(guide)![1]);
  const lines = (count: number, step: number) =>
    Array.from({ length: count }, (_, i) =>
      Array.from({ length: 3 + (i % 4) }, (_, j) => DIGITS[(i * step + j * (1 + (i % 3))) % 10]).join(' '),
    ).join('\n');
  await writeFile(at('sentences.txt'), `${lines(200, 7)}\n${SPOKEN}\n`);
  await writeFile(at('other.txt'), lines(100, 3));
  await writeFile(at('held-out.txt'), `${lines(20, 3)}\n${lines(20, 7)}\n${SPOKEN}\n`);
  await copyFile(join(ROOT, 'models/digits-en/recording.wav'), at('recording.wav'));
  const { samples, sampleRate } = await readAudio();
  await writeFile(
    at('dev.jsonl'),
    `${JSON.stringify({ audio_filepath: 'recording.wav', duration: samples / sampleRate, text: SPOKEN })}\n`,
  );
});
afterAll(() => rm(folder, { recursive: true }));

const at = (name: string) => join(folder, name);

async function readAudio() {
  const { readAudioFile } = await import('@auricle/audio');
  const pcm = await readAudioFile(at('recording.wav'));
  return { samples: pcm.samples.length, sampleRate: pcm.sampleRate };
}

function run(command: string): string {
  const [npx, auricle, ...options] = command.split(' ');
  expect([npx, auricle]).toEqual(['npx', 'auricle']);
  return execFileSync(process.execPath, [join(ROOT, 'cli/bin/auricle.js'), ...options], {
    cwd: folder,
    encoding: 'utf8',
  });
}

it('takes texts to a tuned model and hotwords, every command as it stands', async () => {
  expect(commands).toHaveLength(9);
  const [built, info, perplexity, , mixed, tuned, evaluated, heard, json] = commands.map(run);
  expect(built).toContain('words in 201 sentences');
  expect(info).toMatch(/1-grams: 13\n2-grams: \d+\n3-grams: \d+\n.*bytes an n-gram, values of 16 bits/);
  expect(perplexity).toMatch(/^perplexity \d+\.\d\d, without unknown words/);
  expect(mixed).toMatch(/^weight of digits\.lm: [01]\.\d{3}\n/);
  expect(tuned).toMatch(/^greedy: .*\n(alpha .*\n)+best: --alpha [\d.]+ --beta -?[\d.]+ /);
  expect(evaluated).toContain('WER 0.00 %');
  expect(heard).toBe(`${SPOKEN}\n`);
  expect(JSON.parse(json).text).toBe(SPOKEN);
  expect((await loadModel(at('mixed.lm'))).shape.order).toBe(3);
}, 120_000);
