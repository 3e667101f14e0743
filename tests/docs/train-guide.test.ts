/** docs/guides/train.md, command by command, on a miniature corpus of tones. */
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { encodeWav } from '@auricle/audio';
import { readBundle } from '@auricle/bundle';
import { Random, writeManifest } from '@auricle/datasets';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toneSamples } from '../fixtures/tone-corpus.js';

const ROOT = resolve(import.meta.dirname, '../..');
const RATE = 16_000;

let folder: string;
let commands: string[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auricle-guide-'));
  const guide = await readFile(join(ROOT, 'docs/guides/train.md'), 'utf8');
  commands = [...guide.matchAll(/^```sh\n(.*?)^```/gms)].flatMap((match) => match[1].trim().split('\n'));
  await writeFile(join(folder, 'recipe.yaml'), /^```yaml\n(.*?)^```/ms.exec(guide)![1]);
  const random = new Random(9);
  await mkdir(join(folder, 'data'));
  for (const [split, count] of Object.entries({ train: 60, dev: 8, test: 10 })) {
    const utterances = [];
    for (let i = 0; i < count; i++) {
      const words = Array.from({ length: random.integer(1, 3) }, () => (random.uniform() < 0.5 ? 'lo' : 'hi'));
      const samples = toneSamples(words, random);
      await writeFile(join(folder, `data/${split}-${i}.wav`), encodeWav({ samples, sampleRate: RATE }));
      const duration = samples.length / RATE;
      utterances.push({ audio_filepath: `${split}-${i}.wav`, duration, text: words.join(' ') });
    }
    await writeManifest(join(folder, `data/${split}.jsonl`), utterances);
  }
});
afterAll(() => rm(folder, { recursive: true }));

function run(command: string): string {
  const [npx, auricle, ...options] = command.split(' ');
  expect([npx, auricle]).toEqual(['npx', 'auricle']);
  const program = [join(ROOT, 'cli/bin/auricle.js'), ...options];
  return execFileSync(process.execPath, program, { cwd: folder, encoding: 'utf8' });
}

describe('the guide to training', () => {
  it('takes a corpus to an evaluated model, every command as it stands', { timeout: 400_000 }, async () => {
    expect(commands).toHaveLength(5);
    const [, trained, resumed, exported, evaluated] = commands.map(run);
    expect(trained).toMatch(/epoch 10, .*dev WER/);
    expect(resumed).not.toMatch(/^epoch/m);
    expect(exported).toContain('models/speech/model.int8.onnx');
    expect((await readBundle(join(folder, 'models/speech'))).description).toMatchObject({
      chunkFrames: 16,
      leftContextFrames: 16,
      vocabulary: { kind: 'characters', size: 5 },
    });
    expect(evaluated).toMatch(/^SER .* 10 utterances$/m);
    const wordErrorRate = Number(/^WER +([\d.]+) %/m.exec(evaluated)![1]);
    process.stdout.write(`word error rate ${wordErrorRate} %\n`);
    expect(wordErrorRate).toBeLessThan(20);
  });

  it('names the files that a run leaves', async () => {
    const guide = await readFile(join(ROOT, 'docs/guides/train.md'), 'utf8');
    const files = (await readdir(join(folder, 'runs/speech'), { recursive: true })).filter((f) => f !== 'checkpoints');
    for (const file of files) expect(guide).toContain(`\`${file.replace(/\d{5,}/, '…')}\``);
  });
});
