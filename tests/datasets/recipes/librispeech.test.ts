import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { downloadLibrispeech, prepareLibrispeech } from '@auricle/datasets/recipes/librispeech';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../files.js';
import { serveArchives } from './archive-server.js';
import { MINIATURES, packed } from './miniatures.js';

const { archives } = MINIATURES.find(({ corpus }) => corpus === 'LibriSpeech')!;

/** A folder with the parts dev-clean and test-other. */
async function twoParts(): Promise<string> {
  const folder = await temporaryFolder();
  const bytes: Record<string, Buffer> = {};
  for (const [name, files] of Object.entries(archives)) bytes[name] = await packed(name, files);
  const known = Object.fromEntries(Object.keys(bytes).map((name) => [name, {}]));
  const { url: mirror } = await serveArchives(bytes);
  await downloadLibrispeech(folder, { mirror, known, parts: ['dev-clean', 'test-other'] });
  return folder;
}

describe('the parts of LibriSpeech', () => {
  it('are prepared where they lie, with the folder named or the one above', async () => {
    const folder = await twoParts();
    const prepared = { 'dev-clean': { entries: 2 }, 'test-other': { entries: 2 } };
    expect(await prepareLibrispeech(folder, join(folder, 'a'))).toMatchObject(prepared);
    expect(await prepareLibrispeech(join(folder, 'LibriSpeech'), join(folder, 'b'))).toMatchObject(prepared);
  });

  it('are prepared one by one', async () => {
    const folder = await twoParts();
    const out = join(folder, 'out');
    await prepareLibrispeech(folder, out, { parts: ['test-other'] });
    expect(await readdir(out)).toContain('test-other.jsonl');
    expect(await readdir(out)).not.toContain('dev-clean.jsonl');
  });

  it('are missed when they are named', async () => {
    const folder = await twoParts();
    await expect(prepareLibrispeech(folder, folder, { parts: ['train-clean-100'] })).rejects.toMatchObject({
      code: 'AUR_RECIPE_NO_FILES',
      message: `${folder}: found no part "train-clean-100"`,
    });
  });

  it.each([downloadLibrispeech, (folder: string, options: object) => prepareLibrispeech(folder, folder, options)])(
    'are of a known name',
    async (act) => {
      await expect(act(await temporaryFolder(), { parts: ['dev-clean', 'dev-dirty'] })).rejects.toMatchObject({
        code: 'AUR_RECIPE_PART',
        message:
          'LibriSpeech: has no part "dev-dirty": expected some of train-clean-100, train-clean-360, train-other-500, dev-clean, dev-other, test-clean, test-other',
      });
    },
  );
});
