/** The bundled model, converted for other runtimes, says there what its ONNX file says: on 20 recordings, streamed. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeWav, readAudioFile, resample } from '@auricle/audio';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const BUNDLE = join(ROOT, 'models/digits-en');
const PROGRAM = join(ROOT, 'scripts/convert-model.mjs');
const RATE = 16_000;
const KINDS = [
  ['tflite', 'tensorflow', 'model.tflite'],
  ['savedmodel', 'tensorflow', 'saved_model/saved_model.pb'],
  ['torchscript', 'torch', 'model.pt'],
] as const;

function isThere(environment: string): boolean {
  const python = join(ROOT, '.cache/converters', environment, 'bin/python');
  if (!existsSync(python)) console.log(`skipped: ${python} is not there: npm run setup:converters`);
  return existsSync(python);
}

let folder: string;
const files: string[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auricle-converted-'));
  const speech = await readAudioFile(join(BUNDLE, 'recording.wav'));
  // The bundled recording at four speeds and five levels, begun at five places.
  for (let i = 0; i < 20; i++) {
    const speed = Math.round(speech.sampleRate * (0.88 + 0.08 * (i % 4)));
    const part = resample(speech.samples.subarray(4_000 * (i % 5)), speed, RATE).map((s) => s * (0.4 + 0.2 * (i % 5)));
    files.push(join(folder, `${i}.wav`));
    await writeFile(files[i], encodeWav({ samples: part, sampleRate: RATE }));
  }
});
afterAll(() => rm(folder, { recursive: true }));

describe.each(KINDS)('a model converted to %s', (kind, environment, file) => {
  it.skipIf(!isThere(environment))('says on 20 recordings what its ONNX file says', { timeout: 900_000 }, async () => {
    const target = join(folder, kind);
    const said = execFileSync(process.execPath, [PROGRAM, BUNDLE, target, kind, ...files], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    expect(said).toContain('20 of 20 texts equal');
    expect(Number(/log-probs at most (\S+) apart/.exec(said)![1])).toBeLessThan(1e-3);
    expect((await stat(join(target, file))).size).toBeGreaterThan(10_000);
  });
});

describe('converting', () => {
  const refused = (...options: string[]) => {
    const { status, stderr } = spawnSync(process.execPath, [PROGRAM, ...options], { encoding: 'utf8' });
    expect(status).toBe(1);
    return stderr;
  };

  it('refuses a kind that there is not, and no recordings to check by', () => {
    expect(refused(BUNDLE, join(folder, 'x'), 'coreml', files[0])).toContain('seen');
    expect(refused(BUNDLE, join(folder, 'x'), 'tflite')).toContain(
      'expected BUNDLE FOLDER tflite|savedmodel|torchscript',
    );
  });
});
