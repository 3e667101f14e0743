import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sphereSeconds } from '@auricle/datasets/recipes/sphere-duration';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../files.js';

const header = (fields: string) => `NIST_1A\n   1024\n${fields}\nend_head\n`.padEnd(1024);

it('reads the duration that the header tells', async () => {
  const path = join(await temporaryFolder(), 'a.sph');
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1 }), fc.integer({ min: 1, max: 192_000 }), async (count, rate) => {
      await writeFile(path, header(`sample_count -i ${count}\nsample_n_bytes -i 2\nsample_rate -i ${rate}`));
      expect(await sphereSeconds(path)).toBe(count / rate);
    }),
    { numRuns: 50 },
  );
});

it.each([
  ['nothing', ''],
  ['something else', 'RIFF....WAVE'],
  ['no rate', header('sample_count -i 100')],
  ['a rate of 0', header('sample_count -i 100\nsample_rate -i 0')],
  ['no sample', header('sample_count -i 0\nsample_rate -i 16000')],
])('refuses a file that holds %s', async (_, content) => {
  const path = join(await temporaryFolder(), 'a.sph');
  await writeFile(path, content);
  await expect(sphereSeconds(path)).rejects.toMatchObject({
    code: 'AUR_AUDIO_DAMAGED',
    message: `${path}: SPHERE cannot be decoded: expected a header NIST_1A with sample_count and sample_rate`,
  });
});

it('names a file that is missing', async () => {
  const path = join(await temporaryFolder(), 'gone.sph');
  await expect(sphereSeconds(path)).rejects.toMatchObject({
    code: 'AUR_AUDIO_MISSING',
    message: expect.stringContaining(path),
  });
});
