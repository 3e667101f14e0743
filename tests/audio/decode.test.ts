import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeAudio, encodeWav, readAudioFile } from '@auricle/audio';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { refusalOf, refusalOfBytes } from './refusal.js';
import { sinusoid } from './tones.js';

const fixtures = join(import.meta.dirname, 'fixtures');
const wavFile = encodeWav({ samples: sinusoid(440, 8000, 200), sampleRate: 8000 });
const flacFile = new Uint8Array(readFileSync(join(fixtures, 'encodings/one-frame.flac')));
const opusFile = new Uint8Array(readFileSync(join(fixtures, 'encodings/square.opus')));
const formats = { WAV: wavFile, FLAC: flacFile, 'Ogg Opus': opusFile };

let folder: string;
beforeAll(() => {
  // The decoders print what they also return.
  vi.spyOn(console, 'error').mockImplementation(() => {});
  folder = mkdtempSync(join(tmpdir(), 'auricle-decode-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
  vi.restoreAllMocks();
});

describe('decodeAudio', () => {
  it('tells the formats apart by their first bytes', async () => {
    const read = await Promise.all(Object.values(formats).map((bytes) => decodeAudio(bytes, 'take')));
    expect(read.map(({ samples, sampleRate }) => [samples.length, sampleRate])).toEqual([
      [200, 8000],
      [300, 8000],
      [9600, 48_000],
    ]);
  });

  it.each(Object.entries(formats))('reads %s from a view that starts anywhere', async (_, bytes) => {
    const shifted = new Uint8Array(bytes.length + 9).subarray(5, 5 + bytes.length);
    shifted.set(bytes);
    expect(await decodeAudio(shifted, 'take')).toEqual(await decodeAudio(bytes, 'take'));
    expect(shifted).toEqual(bytes);
  });

  it('never reads a cut file as a shorter recording', async () => {
    for (const [format, bytes] of Object.entries(formats))
      for (let length = 0; length < bytes.length; length++)
        expect(`${format} ${length} ${await refusalOfBytes(bytes.subarray(0, length))}`).toBe(
          `${format} ${length} AUR_AUDIO_${length === 0 ? 'EMPTY' : 'TRUNCATED'}`,
        );
  });

  it('answers any bytes behind any magic with a coded error that names their source', async () => {
    const anyStart = fc.constantFrom(
      '',
      'RIFF',
      'RIFF\x20\0\0\0WAVE',
      'RIFX\0\0\0\x20WAVE',
      'RIFF\x20\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0',
      'fLaC',
      'fLaC\x80\0\0\x22',
      'OggS',
      `OggS\0\x02${'\0'.repeat(20)}\x01\x13OpusHead`,
    );
    await fc.assert(
      fc.asyncProperty(anyStart, fc.uint8Array({ maxLength: 200 }), async (start, rest) => {
        await refusalOfBytes(Buffer.concat([Buffer.from(start, 'latin1'), rest]));
      }),
      { numRuns: 1000 },
    );
  });

  it('answers flipped bytes of any format with samples or a coded error', async () => {
    const anyFlips = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...Object.values(formats)), anyFlips, async (whole, flips) => {
        const bytes = whole.slice();
        for (const [at, by] of flips) bytes[at % bytes.length] ^= by;
        await refusalOfBytes(bytes);
      }),
      { numRuns: 500 },
    );
  });
});

describe('readAudioFile', () => {
  const write = (name: string, bytes: Uint8Array | string) => {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    return path;
  };

  it('reads a file', async () => {
    const path = write('good.wav', wavFile);
    expect(await readAudioFile(path)).toEqual(await decodeAudio(wavFile, path));
  });

  it.each<[string, () => string, string, string]>([
    ['a missing file', () => join(folder, 'none.wav'), 'AUR_AUDIO_MISSING', 'cannot be read: ENOENT'],
    ['a folder', () => folder, 'AUR_AUDIO_MISSING', 'cannot be read: EISDIR'],
    ['an empty file', () => write('empty.wav', ''), 'AUR_AUDIO_EMPTY', 'holds no samples'],
    [
      'a WAV without samples',
      () => write('silent.wav', encodeWav({ samples: new Float32Array(0), sampleRate: 8000 })),
      'AUR_AUDIO_EMPTY',
      'holds no samples',
    ],
    ['a magic alone', () => write('magic.flac', 'fLa'), 'AUR_AUDIO_TRUNCATED', 'ends early: it has 3 bytes'],
    [
      'a cut WAV',
      () => write('cut.wav', wavFile.subarray(0, 100)),
      'AUR_AUDIO_TRUNCATED',
      '"data" claims 400 bytes, 56',
    ],
    ['a cut FLAC', () => write('cut.flac', flacFile.subarray(0, 200)), 'AUR_AUDIO_TRUNCATED', 'frame 0 is not whole'],
    ['a cut Opus', () => write('cut.opus', opusFile.subarray(0, 900)), 'AUR_AUDIO_TRUNCATED', 'page 2 is not whole'],
    ['a text', () => write('notes.wav', 'Dear diary'), 'AUR_AUDIO_UNKNOWN_FORMAT', 'starts with "Dear"'],
    [
      'bytes',
      () => write('zip.wav', Uint8Array.of(0x50, 0, 3, 4, 9)),
      'AUR_AUDIO_UNKNOWN_FORMAT',
      String.raw`"P\u0000`,
    ],
    [
      'Ogg Vorbis',
      () => write('a.ogg', `OggS\0\x02${'\0'.repeat(20)}\x01\x1e\x01vorbis${'\0'.repeat(30)}`),
      'AUR_AUDIO_UNKNOWN_FORMAT',
      'neither WAV, FLAC nor Ogg Opus',
    ],
  ])('refuses %s by a code, naming the file', async (_, make, code, reason) => {
    const path = make();
    expect(await refusalOf(() => readAudioFile(path), path)).toBe(code);
    await expect(readAudioFile(path)).rejects.toThrow(reason);
  });
});
