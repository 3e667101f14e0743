import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EngineChoice, readTrainConfig, requireEngine, train } from '@auricle/training';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeToneCorpus } from '../../fixtures/tone-corpus.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auricle-missing-'));
  // Where no engine is; this file has a process of its own.
  process.env.AURICLE_TENSORFLOW = folder;
  process.env.VK_ICD_FILENAMES = join(folder, 'none.json');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Vulkan is how WebGPU reaches a device on Linux only. */
const withoutVulkan = process.platform === 'linux';

describe('an engine that is not installed', () => {
  it.each<[EngineChoice, RegExp]>([
    [
      { kind: 'tensorflow', provider: 'cpu' },
      /^engine tensorflow on cpu: .*; install it by: npm run setup:tensorflow$/,
    ],
    [{ kind: 'tensorflow', provider: 'cuda' }, /; install it by: npm run setup:tensorflow -- --gpu$/],
    ...(withoutVulkan
      ? [
          [{ kind: 'onnx', provider: 'webgpu' }, /^engine onnx on webgpu: .*VK_ICD_FILENAMES/s] as [
            EngineChoice,
            RegExp,
          ],
        ]
      : []),
  ])('is named with what installs it: %o', async (choice, message) => {
    await expect(requireEngine(choice)).rejects.toMatchObject({
      code: 'AUR_ENGINE_MISSING',
      message: expect.stringMatching(message),
    });
  });

  it('ends a run before anything is spent on its data', async () => {
    const config = await readTrainConfig(await writeToneCorpus(folder), ['engine.kind=tensorflow']);
    const run = join(folder, 'run');
    await expect(train(config, run, { resume: false })).rejects.toMatchObject({ code: 'AUR_ENGINE_MISSING' });
    expect(await readdir(run)).toEqual([]);
  });
});
