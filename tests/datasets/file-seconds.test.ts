import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileSeconds } from '@auricle/datasets/file-seconds';
import { describe, expect, it } from 'vitest';
import { bytesOf, wav } from '../audio/wav-bytes.js';
import { temporaryFolder } from './files.js';

const RATE = 16_000;

describe('fileSeconds', () => {
  it('takes durations from headers, without decoding', async () => {
    const path = join(await temporaryFolder(), 'a.wav');
    // No decoder takes it.
    const noNumbers = new Float32Array(RATE / 2).fill(Number.NaN);
    await writeFile(path, wav(bytesOf(noNumbers), { format: 3, bits: 32 }));
    expect(await fileSeconds()(path)).toBe(0.5);
  });

  it('looks once at a file that is asked for again and again', async () => {
    const folder = await temporaryFolder();
    const [a, b] = [join(folder, 'a.wav'), join(folder, 'b.wav')];
    for (const [path, length] of [
      [a, RATE],
      [b, RATE / 4],
    ] as const)
      await writeFile(path, wav(bytesOf(new Int16Array(length))));
    const secondsOf = fileSeconds();
    expect(await secondsOf(a)).toBe(1);
    await rm(a);
    expect(await secondsOf(a)).toBe(1);
    expect(await secondsOf(b)).toBe(0.25);
    await expect(secondsOf(a)).rejects.toMatchObject({
      code: 'AUR_AUDIO_MISSING',
      message: expect.stringContaining(a),
    });
  });
});
