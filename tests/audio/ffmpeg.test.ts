import { execFileSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { audioInfo, decodeAudio, readAudioFile } from '@auricle/audio';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { codecBytes } from './codecs.js';
import { wav } from './wav-bytes.js';

const m4a = codecBytes('aac.m4a');
const SAMPLES = 4096;

function hasFfmpeg(): boolean {
  try {
    execFileSync('ffprobe', ['-version'], { stdio: 'ignore' });
    execFileSync('ffmpeg', ['-version'], { stdio: 'ignore' });
    return true;
  } catch {
    console.log('skipped: no ffmpeg on the PATH');
    return false;
  }
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auricle-ffmpeg-'));
  // Other tests convert at the same time, and their files are not ours.
  vi.stubEnv('TMPDIR', folder);
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(() => {
  vi.unstubAllEnvs();
});
const write = (name: string, bytes: Uint8Array | string) => {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
};
/** Files that conversions have left in the temporary folder. */
const leftovers = () => readdirSync(folder).filter((name) => name.startsWith('auricle-audio-'));

describe.skipIf(!hasFfmpeg())('what ffmpeg reads', () => {
  it('is decoded from a file and from bytes, and nothing is left behind', async () => {
    vi.stubEnv('TMPDIR', folder);
    const path = write('speech.m4a', m4a);
    const fromFile = await readAudioFile(path);
    expect([fromFile.samples.length, fromFile.sampleRate]).toEqual([SAMPLES, 16_000]);
    expect(Math.max(...fromFile.samples)).toBeGreaterThan(0.05);
    expect(await decodeAudio(m4a, 'speech.m4a')).toEqual(fromFile);
    expect(await audioInfo(path)).toMatchObject({ format: 'aac', sampleRate: 16_000, channels: 1 });
    expect((await audioInfo(m4a)).duration).toBeCloseTo(0.25, 1);
    expect(leftovers()).toEqual([]);
  });

  it('is cut to a segment', async () => {
    const whole = (await decodeAudio(m4a, 'speech.m4a')).samples;
    const { samples } = await decodeAudio(m4a, 'speech.m4a', { offset: 0.1, duration: 0.05 });
    expect(samples).toHaveLength(800);
    expect(samples.every((v, i) => Math.abs(v - whole[1600 + i]) < 1e-3)).toBe(true);
  });

  it('is refused where the segment lies behind its end', async () => {
    await expect(decodeAudio(m4a, 'speech.m4a', { offset: 3, duration: 1 })).rejects.toMatchObject({
      code: 'AUR_AUDIO_SEGMENT',
      message: expect.stringMatching(/^speech\.m4a: the segment from 3 s on lies behind its end at 0\.\d+ s$/),
    });
  });

  it('is found under a name that ffmpeg would take for an option or an address', async () => {
    for (const name of ['-i', 'http:x.m4a', 'a b;c.m4a'])
      expect((await readAudioFile(write(name, m4a))).samples).toHaveLength(SAMPLES);
  });

  it('includes WAV files of encodings that are not read here', async () => {
    const path = join(folder, 'adpcm.wav');
    const source = write('source.wav', wav(new Uint8Array(8000)));
    execFileSync('ffmpeg', ['-v', 'error', '-y', '-i', source, '-c:a', 'adpcm_ima_wav', path]);
    const { samples, sampleRate } = await readAudioFile(path);
    expect(sampleRate).toBe(16_000);
    expect(samples.length).toBeGreaterThanOrEqual(4000);
  });

  it('is no list of other files', async () => {
    const secret = write('secret.m4a', m4a);
    for (const [name, text] of [
      ['list.m3u8', `#EXTM3U\n#EXTINF:1,\n${secret}\n#EXT-X-ENDLIST\n`],
      ['list.ffconcat', `ffconcat version 1.0\nfile '${secret}'\n`],
    ])
      await expect(readAudioFile(write(name, text))).rejects.toMatchObject({ code: 'AUR_AUDIO_UNKNOWN_FORMAT' });
  });

  it('is no text: the error says what ffmpeg said', async () => {
    const path = write('notes.txt', 'Dear diary, today nothing happened. '.repeat(20));
    await expect(readAudioFile(path)).rejects.toMatchObject({
      code: 'AUR_AUDIO_UNKNOWN_FORMAT',
      message: expect.stringMatching(
        /notes\.txt: in no format .* \(starts with "Dear"\); ffmpeg cannot read it: .*Invalid/,
      ),
    });
    await expect(audioInfo(path)).rejects.toMatchObject({ code: 'AUR_AUDIO_UNKNOWN_FORMAT' });
  });

  it('is nothing that is damaged: that is not tried again', async () => {
    const cut = codecBytes('mono.ogg').subarray(0, 3000);
    await expect(decodeAudio(cut, 'cut.ogg')).rejects.toMatchObject({
      code: 'AUR_AUDIO_TRUNCATED',
      message: 'cut.ogg: ends early: Ogg page 1 is not whole',
    });
  });
});

describe('without ffmpeg', () => {
  it('other formats are refused, with what would read them', async () => {
    vi.stubEnv('PATH', folder);
    await expect(decodeAudio(m4a, 'speech.m4a')).rejects.toMatchObject({
      code: 'AUR_AUDIO_UNKNOWN_FORMAT',
      message: expect.stringMatching(/^speech\.m4a: in no format .*; ffmpeg, which reads more, is not on the PATH$/),
    });
    await expect(decodeAudio(wav(new Uint8Array(8), { format: 2, bits: 4 }), 'a.wav')).rejects.toMatchObject({
      code: 'AUR_AUDIO_UNSUPPORTED',
      message: expect.stringMatching(/is not on the PATH$/),
    });
    await expect(audioInfo(m4a)).rejects.toMatchObject({
      message: expect.stringMatching(/; ffprobe, which reads more, is not on the PATH$/),
    });
  });
});
