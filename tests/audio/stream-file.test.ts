/** A file in blocks gives the samples of the file as a whole, whatever its format. */
import { readdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ReadOptions, readAudioFile, streamAudioFile } from '@auricle/audio';
import { describe, expect, it } from 'vitest';

const CODECS = join(import.meta.dirname, 'fixtures/codecs');
const ENCODINGS = join(import.meta.dirname, 'fixtures/encodings');
const files = [
  ...readdirSync(CODECS)
    .filter((name) => /\.(wav|flac|opus|ogg|webm|mp3|sph)$/.test(name))
    .map((name) => join(CODECS, name)),
  join(ENCODINGS, 'stereo.flac'),
];

async function joined(path: string, options?: ReadOptions) {
  const blocks: Float32Array[] = [];
  let rate = 0;
  for await (const { samples, sampleRate } of streamAudioFile(path, options)) {
    blocks.push(samples);
    rate = sampleRate;
  }
  return { samples: Float32Array.from(blocks.flatMap((block) => [...block])), sampleRate: rate };
}

describe('streamAudioFile', () => {
  it.each(files)('%s', async (path) => {
    const whole = await readAudioFile(path);
    expect(await joined(path)).toEqual(whole);
    const part = { offset: 0.01, duration: 0.02 };
    expect(await joined(path, part)).toEqual(await readAudioFile(path, part));
  });

  it('has one channel of several', async () => {
    const path = join(ENCODINGS, 'stereo.flac');
    for (const channel of [0, 1])
      expect(await joined(path, { channel })).toEqual(await readAudioFile(path, { channel }));
    await expect(joined(path, { channel: 2 })).rejects.toMatchObject({ code: 'AUR_AUDIO_CHANNEL' });
  });

  it('refuses what has no sound, and what is no recording, as readAudioFile does', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'auricle-stream-'));
    try {
      for (const [name, bytes] of [
        ['empty.wav', ''],
        ['short.wav', 'RIFF'],
        ['text.mp3', 'this is a text and no sound, as long as a header of any format'],
      ] as const) {
        const path = join(folder, name);
        await writeFile(path, bytes);
        const { code } = await readAudioFile(path).catch((error) => error);
        expect(code).toMatch(/^AUR_AUDIO_/);
        await expect(joined(path)).rejects.toMatchObject({ code });
      }
      await expect(joined(join(folder, 'none'))).rejects.toMatchObject({ code: 'AUR_AUDIO_MISSING' });
    } finally {
      await rm(folder, { recursive: true });
    }
    const path = join(ENCODINGS, 'stereo.flac');
    await expect(joined(path, { offset: 1e4 })).rejects.toMatchObject({ code: 'AUR_AUDIO_SEGMENT' });
  });
});
