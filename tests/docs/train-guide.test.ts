/** docs/guides/train.md, command by command, on a miniature corpus of tones. */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeWav } from '@auricle/audio';
import { readBundle } from '@auricle/bundle';
import { Random, writeManifest } from '@auricle/datasets';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toneSamples } from '../fixtures/tone-corpus.js';
import { type Guide, openGuide } from './guide.js';

const RATE = 16_000;

let guide: Guide;
beforeAll(async () => {
  guide = await openGuide('train.md');
  await writeFile(guide.at('recipe.yaml'), guide.block('yaml'));
  const random = new Random(9);
  await mkdir(guide.at('data'));
  for (const [split, count] of Object.entries({ train: 60, dev: 8, test: 10 })) {
    const utterances = [];
    for (let i = 0; i < count; i++) {
      const words = Array.from({ length: random.integer(1, 3) }, () => (random.uniform() < 0.5 ? 'lo' : 'hi'));
      const samples = toneSamples(words, random);
      await writeFile(guide.at(`data/${split}-${i}.wav`), encodeWav({ samples, sampleRate: RATE }));
      const duration = samples.length / RATE;
      utterances.push({ audio_filepath: `${split}-${i}.wav`, duration, text: words.join(' ') });
    }
    await writeManifest(guide.at(`data/${split}.jsonl`), utterances);
  }
});
afterAll(() => guide.remove());

describe('the guide to training', () => {
  it('takes a corpus to an evaluated model, every command as it stands', { timeout: 400_000 }, async () => {
    expect(guide.commands).toHaveLength(5);
    const [, trained, resumed, exported, evaluated] = guide.commands.map(guide.run);
    expect(trained).toMatch(/epoch 10, .*dev WER/);
    expect(resumed).not.toMatch(/^epoch/m);
    expect(exported).toContain('models/speech/model.int8.onnx');
    expect((await readBundle(guide.at('models/speech'))).description).toMatchObject({
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
    const run = guide.at('runs/speech');
    const checkpoints = (await readdir(join(run, 'checkpoints'))).map((file) => `checkpoints/${file}`);
    const files = (await readdir(run)).filter((file) => file !== 'checkpoints');
    for (const file of [...files, ...checkpoints]) expect(guide.text).toContain(`\`${file.replace(/\d{5,}/, '…')}\``);
  });
});
