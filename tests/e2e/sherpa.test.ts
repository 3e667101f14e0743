/** The bundled model, as `auricle export` writes it, says in sherpa-onnx what it says here: on 20 recordings, from Node and from Python. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeWav, readAudioFile, resample } from '@auricle/audio';
import { createEngine, transcribeSamples } from '@auricle/serving';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasPythonSherpa, pythonSherpaTexts, sherpaModelTexts } from '../fixtures/sherpa.js';

const BUNDLE = join(import.meta.dirname, '../../models/digits-en');
const TOKENS = join(BUNDLE, 'tokens.txt');
const RATE = 16_000;

let folder: string;
const files: string[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auricle-sherpa-'));
  const speech = await readAudioFile(join(BUNDLE, 'recording.wav'));
  // The bundled recording at four speeds and five levels, begun at five places.
  for (let i = 0; i < 20; i++) {
    const speed = Math.round(speech.sampleRate * (0.88 + 0.08 * (i % 4)));
    const samples = resample(speech.samples.subarray(4_000 * (i % 5)), speed, RATE).map(
      (s) => s * (0.4 + 0.2 * (i % 5)),
    );
    files.push(join(folder, `${i}.wav`));
    await writeFile(files[i], encodeWav({ samples, sampleRate: RATE }));
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function ourTexts(precision: 'int8' | 'float'): Promise<string[]> {
  const engine = await createEngine({ bundle: BUNDLE, precision, endpointRules: [] });
  const texts = await Promise.all(
    files.map(async (file) => (await transcribeSamples(engine, await readAudioFile(file))).text),
  );
  await engine.close();
  return texts;
}

describe.each([
  ['int8', 'model.int8.onnx'],
  ['float', 'model.onnx'],
] as const)('the bundled model, %s', (precision, file) => {
  // Version 2.0.1 gives other texts than 1.13.8 for models of this interface, though the Node package of 1.13.8 gives ours.
  const hasPython = hasPythonSherpa(2);
  const model = join(BUNDLE, file);

  it('gives its texts in sherpa-onnx’s Node package', async () => {
    const ours = await ourTexts(precision);
    expect(ours.filter((text) => text.split(' ').length >= 5).length).toBeGreaterThan(15);
    expect(sherpaModelTexts(model, TOKENS, files)).toEqual(ours);
  });

  it.skipIf(!hasPython)('gives its texts in sherpa-onnx’s Python package', async () => {
    expect(pythonSherpaTexts(model, TOKENS, files, 'nemo_ctc')).toEqual(await ourTexts(precision));
  });
});
