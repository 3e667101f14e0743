import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { audioInfo } from '@auricle/audio';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sealOgg } from './checksums.js';
import { codecBytes, codecFiles } from './codecs.js';
import { ogg, oggPackets } from './ogg-bytes.js';
import { quietAndAlone } from './surroundings.js';
import { chunk, fmt, riff } from './wav-bytes.js';

quietAndAlone();

const FORMATS: Record<string, string> = {
  wav: 'WAV',
  flac: 'FLAC',
  sph: 'NIST SPHERE',
  raw: 'raw PCM',
  opus: 'Ogg Opus',
  webm: 'WebM Opus',
  ogg: 'Ogg Vorbis',
  mp3: 'MP3',
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auricle-info-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('audioInfo', () => {
  it.each(codecFiles)('tells of $file what decoding it would', async ({ file, path, bytes, ...known }) => {
    const { sampleRate, channels, length, raw } = known;
    const expected = { format: FORMATS[file.split('.').at(-1)!], sampleRate, channels, duration: length / sampleRate };
    expect(await audioInfo(path, { raw })).toEqual(expected);
    expect(await audioInfo(bytes, { raw })).toEqual(expected);
  });

  it('decodes nothing: it takes packets that no decoder would', async () => {
    const [head, tags, ...sound] = oggPackets(codecBytes('silk.opus'));
    const garbled = sound.map((packet) => Uint8Array.of(packet[0], ...packet.subarray(1).map((byte) => byte ^ 0x5a)));
    expect((await audioInfo(ogg([head, tags, ...garbled], { granule: 12_312 }))).duration).toBe(0.25);
  });

  it('takes the length of an Ogg file from its last page', async () => {
    // Between the first page of sound and the last, it reads nothing: there nothing fits.
    const [head, tags, ...sound] = oggPackets(codecBytes('celt.opus'));
    const packets = Array.from({ length: 200 }, () => sound).flat();
    const bytes = ogg([head, tags, ...packets], { granule: 480_120, pageSegments: 100 });
    expect(bytes.length).toBeGreaterThan(400_000);
    const path = join(folder, 'long.opus');
    await writeFile(path, bytes.fill(0, 270_000, 300_000));
    expect((await audioInfo(path)).duration).toBe(10);
  });

  it('reads a WAV header of hours without its samples', async () => {
    const start = riff([fmt(), chunk('data', new Uint8Array(0), { claimed: 3600 * 32_000 })]);
    const path = join(folder, 'hour.wav');
    const file = await open(path, 'w');
    await file.write(start);
    // A hole: the file system stores nothing of it.
    await file.truncate(start.length + 3600 * 32_000);
    await file.close();
    expect(await audioInfo(path)).toEqual({ format: 'WAV', sampleRate: 16_000, channels: 1, duration: 3600 });
  });

  it.each<[string, () => Uint8Array, string]>([
    ['nothing', () => new Uint8Array(0), 'AUR_AUDIO_EMPTY'],
    ['no audio', () => Buffer.from('Dear diary'), 'AUR_AUDIO_UNKNOWN_FORMAT'],
    ['a cut Ogg file', () => codecBytes('mono.ogg').subarray(0, -1), 'AUR_AUDIO_TRUNCATED'],
    ['a cut WAV file', () => codecBytes('rf64.wav').subarray(0, -1), 'AUR_AUDIO_TRUNCATED'],
    ['a cut WebM file', () => codecBytes('recorded.webm').subarray(0, -1), 'AUR_AUDIO_TRUNCATED'],
    [
      'an Ogg file that ends before its sound',
      () => {
        const [head, tags, ...sound] = oggPackets(codecBytes('silk.opus'));
        return sealOgg(ogg([head, tags, ...sound], { granule: 100 }));
      },
      'AUR_AUDIO_EMPTY',
    ],
  ])('refuses %s, naming it', async (_, bytes, code) => {
    await expect(audioInfo(bytes(), { source: 'take 1' })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(/^take 1: /),
    });
  });

  it('refuses a file that is missing', async () => {
    await expect(audioInfo(join(folder, 'none.wav'))).rejects.toMatchObject({ code: 'AUR_AUDIO_MISSING' });
  });
});
