/** docs/guides/fine-tune.md, command by command, with the digits of the bundled recording in a voice that the digits model hears badly. */
import { cp, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeWav, readAudioFile, resample } from '@auricle/audio';
import { Random } from '@auricle/datasets';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Guide, openGuide, ROOT } from './guide.js';

const DIGITS = 'models/digits-en';
const RATE = 16_000;
/** Times as fast, pitch and all: seven recorded digits become a small, hasty speaker's. */
const FASTER = 1.4;
/** Where each begins and ends in the recording (s). */
const WORDS: [string, number, number][] = [
  ['three', 0, 0.5],
  ['one', 0.64, 1.18],
  ['four', 1.4, 1.86],
  ['one', 2.02, 2.62],
  ['five', 2.78, 3.2],
  ['nine', 3.38, 4.04],
  ['two', 4.18, 4.72],
];

let guide: Guide;
beforeAll(async () => {
  guide = await openGuide('fine-tune.md');
  await writeFile(guide.at('recipe.yaml'), guide.block('yaml'));
  await cp(join(ROOT, DIGITS), guide.at(DIGITS), { recursive: true });

  const recording = await readAudioFile(join(ROOT, DIGITS, 'recording.wav'));
  const spoken = WORDS.map(([word, from, to]) => {
    const samples = recording.samples.slice(from * recording.sampleRate, to * recording.sampleRate);
    return { word, samples: resample(samples, Math.round(recording.sampleRate * FASTER), RATE) };
  });
  const random = new Random(11);
  const rows = ['file,transcript'];
  await mkdir(guide.at('recordings'));
  for (let i = 0; i < 40; i++) {
    const words = Array.from({ length: random.integer(1, 3) }, () => spoken[random.integer(0, spoken.length - 1)]);
    const loudness = 0.5 + random.uniform() / 2;
    const parts = words.flatMap(({ samples }) => [
      ...new Float32Array(random.integer(1000, 4000)),
      ...samples.map((v) => v * loudness),
    ]);
    const samples = Float32Array.from(parts, (v) => v + 5e-4 * random.normal());
    const name = `recordings/${String(i).padStart(3, '0')}.wav`;
    await writeFile(guide.at(name), encodeWav({ samples, sampleRate: RATE }));
    rows.push(`${name},${words.map(({ word }) => word).join(' ')}`);
  }
  await writeFile(guide.at('recordings.csv'), rows.join('\n'));
});
afterAll(() => guide.remove());

const wordErrorRate = (output: string) => Number(/^WER +([\d.]+) %/m.exec(output)![1]);

describe('the guide to fine-tuning', () => {
  it('adapts the digits model to a new voice, every command as it stands', { timeout: 400_000 }, async () => {
    expect(guide.commands).toHaveLength(6);
    const outputs = guide.commands.map(guide.run);
    const [before, after] = [outputs[2], outputs[5]].map(wordErrorRate);
    process.stdout.write(`word error rate before ${before} %, after ${after} %\n`);
    expect(before).toBeGreaterThan(20);
    expect(after).toBeLessThan(before / 2);
    expect(await readdir(guide.at('models/digits-anna'))).toEqual(
      expect.arrayContaining(['bundle.json', 'model.int8.onnx', 'model.onnx', 'tokens.txt']),
    );
  });
});
