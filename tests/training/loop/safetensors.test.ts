import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSafetensors, writeSafetensors } from '@auricle/training/loop/safetensors';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

describe('safetensors', () => {
  let folder: string;
  let path: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'auricle-safetensors-'));
    path = join(folder, 'x.safetensors');
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('gives back every bit', async () => {
    const values = fc.float32Array({ minLength: 0, maxLength: 40 });
    const keys = fc.string({ minLength: 1 }).filter((k) => k !== '__metadata__' && k !== '__proto__');
    await fc.assert(
      fc.asyncProperty(fc.dictionary(keys, values, { noNullPrototype: true }), fc.string(), async (tensors, note) => {
        await writeSafetensors(path, tensors, { note });
        const read = await readSafetensors(path);
        expect(read.metadata.note).toBe(note);
        expect(Object.keys(read.tensors).sort()).toEqual(Object.keys(tensors).sort());
        for (const [name, expected] of Object.entries(tensors))
          expect(
            Buffer.compare(
              Buffer.from(new Uint8Array(read.tensors[name].slice().buffer)),
              Buffer.from(new Uint8Array(expected.slice().buffer)),
            ),
          ).toBe(0);
      }),
      { numRuns: 50 },
    );
  });

  it('refuses a file that was cut or altered anywhere', async () => {
    await writeSafetensors(path, { a: Float32Array.of(1, 2, 3), b: Float32Array.of(4) }, {});
    const whole = await readFile(path);
    for (let at = 0; at < whole.length; at++) {
      await writeFile(path, whole.subarray(0, at));
      await expect(readSafetensors(path), `cut at ${at}`).rejects.toMatchObject({ code: 'AUR_CHECKPOINT_DAMAGED' });
    }
    for (let at = whole.length - 16; at < whole.length; at++) {
      const altered = Uint8Array.from(whole);
      altered[at] ^= 1;
      await writeFile(path, altered);
      await expect(readSafetensors(path), `altered at ${at}`).rejects.toMatchObject({ code: 'AUR_CHECKPOINT_DAMAGED' });
    }
  });
});
