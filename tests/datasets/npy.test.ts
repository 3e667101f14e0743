import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseNpy, readNpy } from '@auricle/datasets';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { npyBytes, temporaryFolder } from './files.js';

describe('parseNpy', () => {
  it('reads rows by columns of any of the three versions, at any alignment', () => {
    for (const version of [1, 2, 3]) {
      const bytes = npyBytes([1, 2, 3, 4, 5, -6.5], '2, 3', { version });
      const shifted = Buffer.concat([Buffer.alloc(1), bytes]).subarray(1);
      expect(parseNpy(shifted, 'x')).toEqual({
        values: Float32Array.from([1, 2, 3, 4, 5, -6.5]),
        rows: 2,
        columns: 3,
      });
    }
  });

  it('reads a matrix without rows', () => {
    expect(parseNpy(npyBytes([], '0, 13'), 'x')).toEqual({ values: new Float32Array(0), rows: 0, columns: 13 });
  });

  const whole = npyBytes([1, 2], '1, 2');
  it.each([
    ['no .npy file', Buffer.from('RIFF0000WAVE'), 'no .npy file'],
    ['an empty file', Buffer.alloc(0), 'no .npy file'],
    ['version 9', npyBytes([1, 2], '1, 2', { version: 9 }), 'version 9: expected 1, 2 or 3'],
    ['a file cut in its header', whole.subarray(0, 40), 'ends inside its header'],
    ['a file cut in its values', whole.subarray(0, whole.length - 1), '7 bytes of values: expected 8'],
    ['more values than its shape', npyBytes([1, 2, 3], '1, 2'), '12 bytes of values: expected 8'],
    ['doubles', npyBytes([1, 2], '1, 2', { dtype: '<f8' }), 'type <f8: expected <f4'],
    ['big-endian floats', npyBytes([1, 2], '1, 2', { dtype: '>f4' }), 'type >f4: expected <f4'],
    ['column-major order', npyBytes([1, 2], '1, 2', { fortran: true }), 'expected row-major'],
    ['one dimension', npyBytes([1, 2], '2,'), 'shape (2,): expected two dimensions'],
    ['a NaN', npyBytes([1, Number.NaN], '1, 2'), 'value 1 is NaN'],
  ])('refuses %s', (_, bytes, reason) => {
    const act = () => parseNpy(bytes, 'features.npy');
    expect(act).toThrow(expect.objectContaining({ code: 'AUR_NPY_INVALID' }));
    expect(act).toThrow('features.npy: ');
    expect(act).toThrow(reason);
  });

  it('answers any bytes with a matrix or a coded error', () => {
    const start = npyBytes([], '0, 0').subarray(0, 8);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        try {
          parseNpy(Buffer.concat([start, noise]), 'x');
        } catch (error) {
          expect(error).toMatchObject({ code: 'AUR_NPY_INVALID' });
        }
      }),
    );
  });
});

describe('readNpy', () => {
  it('reads a file and names one that is missing', async () => {
    const path = join(await temporaryFolder(), 'f.npy');
    await expect(readNpy(path)).rejects.toMatchObject({ code: 'AUR_NPY_MISSING' });
    await writeFile(path, npyBytes([7], '1, 1'));
    expect((await readNpy(path)).values[0]).toBe(7);
  });
});
