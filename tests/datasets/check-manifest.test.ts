import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkManifest } from '@auricle/datasets';
import { describe, expect, it } from 'vitest';
import { npyBytes, temporaryFolder, tone, wavBytes } from './files.js';

describe('checkManifest', () => {
  it('parts the sound utterances from the others and says what is wrong with each', async () => {
    const folder = await temporaryFolder();
    const wav = wavBytes(tone(0.5, 8000), 8000);
    await writeFile(join(folder, 'good.wav'), wav);
    await writeFile(join(folder, 'empty.wav'), '');
    await writeFile(join(folder, 'cut.wav'), wav.subarray(0, 1000));
    await writeFile(join(folder, 'text.wav'), 'only words');
    await writeFile(join(folder, 'good.npy'), npyBytes([1, 2], '1, 2'));
    await writeFile(join(folder, 'bad.npy'), npyBytes([1, 2], '2,'));
    const audio = (audio_filepath: string, duration = 0.5) => JSON.stringify({ audio_filepath, duration, text: 'x' });
    const features = (features_filepath: string) => JSON.stringify({ features_filepath, duration: 0.5, text: 'x' });
    const lines: [string, string | undefined][] = [
      [audio('good.wav'), undefined],
      ['{"audio_filepath": "good.wav"', 'AUR_MANIFEST_JSON'],
      ['{"audio_filepath": "good.wav"}', 'AUR_MANIFEST_FIELD'],
      [audio('gone.wav'), 'AUR_AUDIO_MISSING'],
      [audio('empty.wav'), 'AUR_AUDIO_EMPTY'],
      [audio('cut.wav'), 'AUR_AUDIO_TRUNCATED'],
      [audio('text.wav'), 'AUR_AUDIO_UNKNOWN_FORMAT'],
      [audio('good.wav', 7), 'AUR_MANIFEST_SEGMENT'],
      [features('good.npy'), undefined],
      [features('gone.npy'), 'AUR_NPY_MISSING'],
      [features('bad.npy'), 'AUR_NPY_INVALID'],
    ];
    const path = join(folder, 'm.jsonl');
    await writeFile(path, lines.map(([line]) => `${line}\n`).join(''));

    const { good, quarantined } = await checkManifest(path);
    expect(good.map((u) => u.audio_filepath ?? u.features_filepath)).toEqual(['good.wav', 'good.npy']);
    const expected = lines.flatMap(([, code], i) => (code ? [{ line: i + 1, code }] : []));
    expect(quarantined.map(({ line, code }) => ({ line, code }))).toEqual(expected);
    // A line that cannot be read has no utterance to show; a reason always names the file.
    expect(quarantined.map(({ utterance }) => utterance === undefined)).toEqual(expected.map(({ line }) => line <= 3));
    expect(quarantined[0].reason).toContain(`${path}:2`);
    expect(quarantined[2].reason).toContain(join(folder, 'gone.wav'));
  });

  it('finds nothing wrong with an empty manifest', async () => {
    const path = join(await temporaryFolder(), 'm.jsonl');
    await writeFile(path, '\n');
    expect(await checkManifest(path)).toEqual({ good: [], quarantined: [] });
  });

  it('names a manifest that is missing', async () => {
    await expect(checkManifest('/nowhere.jsonl')).rejects.toMatchObject({ code: 'AUR_MANIFEST_MISSING' });
  });
});
