import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeAudio, encodeWav, readAudioFile } from '@auricle/audio';
import { readMp3 } from '@auricle/audio/formats/mp3';
import { opusSamples } from '@auricle/audio/formats/opus-codec';
import { readVorbisHeaders, vorbisBlock } from '@auricle/audio/formats/vorbis-headers';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codecBytes, codecFiles } from './codecs.js';
import { ogg, oggPackets } from './ogg-bytes.js';
import { takeApart } from './reading.js';
import { refusalOf, refusalOfBytes, sameSamples } from './refusal.js';
import { quietAndAlone } from './surroundings.js';
import { decibels, rms, sinusoid } from './tones.mjs';
import { bytesOf, chunk, fmt, riff } from './wav-bytes.js';

quietAndAlone();

const fixtures = join(import.meta.dirname, 'fixtures');
const wavFile = encodeWav({ samples: sinusoid(440, 8000, 200), sampleRate: 8000 });
const flacFile = new Uint8Array(readFileSync(join(fixtures, 'encodings/one-frame.flac')));
const opusFile = new Uint8Array(readFileSync(join(fixtures, 'encodings/square.opus')));
const formats = {
  WAV: wavFile,
  FLAC: flacFile,
  'Ogg Opus': opusFile,
  'Ogg Vorbis': codecBytes('mono.ogg'),
  // Of one that a browser has recorded, no one could tell that whole blocks are missing.
  'WebM Opus': codecBytes('muxed.webm'),
  MP3: codecBytes('mpeg-2.5.mp3'),
  'NIST SPHERE': codecBytes('big-endian.sph'),
};

/** The packets of short recordings over and over. */
const repeated = (packets: readonly Uint8Array[], times: number) => Array.from({ length: times }, () => packets).flat();

function repeatedOpus(times: number): Uint8Array {
  const [head, tags, ...sound] = oggPackets(codecBytes('hybrid.opus'));
  const packets = repeated(sound, times);
  let at = 0;
  const granules = [0, 0, ...packets.map((packet) => (at += opusSamples(packet)))];
  return ogg([head, tags, ...packets], { pageSegments: 10, granules });
}

function repeatedVorbis(times: number): Uint8Array {
  const [identification, comments, setup, ...sound] = oggPackets(codecBytes('mono.ogg'));
  const headers = readVorbisHeaders([identification, comments, setup], 'mono.ogg');
  const packets = repeated(sound, times);
  let [at, block] = [0, 0];
  const granules = packets.map((packet) => {
    const next = vorbisBlock(headers, packet);
    at += block === 0 ? 0 : (block + next) / 4;
    block = next;
    return at;
  });
  return ogg([identification, comments, setup, ...packets], { pageSegments: 20, granules: [0, 0, 0, ...granules] });
}

const repeatedMp3 = (times: number): Uint8Array =>
  Buffer.concat(repeated(takeApart(readMp3, codecBytes('no-xing.mp3')).packets, times));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'auricle-decode-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('decodeAudio', () => {
  it('tells the formats apart by their content', async () => {
    const read = await Promise.all(Object.values(formats).map((bytes) => decodeAudio(bytes, 'take')));
    expect(read.map(({ samples, sampleRate }) => [samples.length, sampleRate])).toEqual([
      [200, 8000],
      [300, 8000],
      [9600, 48_000],
      [4000, 16_000],
      [12_000, 48_000],
      [2000, 8000],
      [400, 8000],
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
      for (let length = 0; length < bytes.length; length += length < 100 || bytes.length - length < 20 ? 1 : 19)
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
      `OggS\0\x02${'\0'.repeat(20)}\x01\x1e\x01vorbis`,
      '\x1a\x45\xdf\xa3',
      '\x1a\x45\xdf\xa3\x80\x18\x53\x80\x67\xff',
      'ID3\x03\0\0\0\0\0\x09',
      '\xff\xfb\x90\0',
      'NIST_1A\n   1024\n',
      'RF64\xff\xff\xff\xffWAVEds64',
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
      'Ogg of another codec',
      () => write('a.ogg', `OggS\0\x02${'\0'.repeat(20)}\x01\x1eSpeex   ${'\0'.repeat(30)}`),
      'AUR_AUDIO_UNKNOWN_FORMAT',
      'in no format that is read here: WAV, FLAC, Ogg Opus or Vorbis',
    ],
  ])('refuses %s by a code, naming the file', async (_, make, code, reason) => {
    const path = make();
    expect(await refusalOf(() => readAudioFile(path), path)).toBe(code);
    await expect(readAudioFile(path)).rejects.toThrow(reason);
  });
});

describe('a segment', () => {
  const anySegment = fc.record({
    offset: fc.double({ min: 0, max: 0.04, noNaN: true }),
    duration: fc.double({ min: 0.001, max: 0.2, noNaN: true }),
  });

  it.each(codecFiles)('of $file is that part of the whole', async ({ path, bytes, raw, sampleRate }) => {
    const whole = (await decodeAudio(bytes, path, { raw })).samples;
    await fc.assert(
      fc.asyncProperty(anySegment, async (segment) => {
        const { offset, duration } = segment;
        const part = whole.subarray(Math.round(offset * sampleRate), Math.round((offset + duration) * sampleRate));
        for (const read of [readAudioFile(path, { ...segment, raw }), decodeAudio(bytes, path, { ...segment, raw })])
          expect(sameSamples((await read).samples, part)).toBe(true);
      }),
      { numRuns: 10 },
    );
  });

  it('within the packets of FLAC and Vorbis is exactly that of the whole, of MP3 and Opus nearly', async () => {
    const flac = new Uint8Array(readFileSync(join(fixtures, 'fbank_golden.flac')));
    const formats = [
      [flac, Number.POSITIVE_INFINITY],
      [repeatedVorbis(60), Number.POSITIVE_INFINITY],
      [repeatedMp3(40), 120],
      // Its predictions go back without end, in whole numbers: what is rounded otherwise stays.
      [repeatedOpus(20), 40],
    ] as const;
    for (const [bytes, least] of formats) {
      const { samples, sampleRate } = await decodeAudio(bytes, 'whole');
      expect(samples.length / sampleRate).toBeGreaterThan(5);
      for (const offset of [0.9, 1.7, 3.3, 4.9]) {
        const part = await decodeAudio(bytes, 'part', { offset, duration: 0.25 });
        const from = Math.round(offset * sampleRate);
        const same = samples.subarray(from, from + Math.round(0.25 * sampleRate));
        expect(part.samples).toHaveLength(same.length);
        const noise = rms(same.map((v, i) => v - part.samples[i]));
        expect(noise === 0 ? Number.POSITIVE_INFINITY : decibels(rms(same) / noise)).toBeGreaterThanOrEqual(least);
      }
    }
  });

  it('of a WAV file of 5 GB is read from where it lies', async () => {
    const path = join(folder, 'long.wav');
    const size = 5e9;
    const ds64 = new DataView(new ArrayBuffer(28));
    ds64.setBigUint64(8, BigInt(size), true);
    const data = chunk('data', new Uint8Array(0), { claimed: 0xffffffff });
    const start = riff([chunk('ds64', new Uint8Array(ds64.buffer)), fmt(), data], 'RF64');
    const file = await open(path, 'w');
    await file.write(start);
    // All else is a hole, of which the file system stores nothing.
    await file.write(bytesOf(Int16Array.of(16_384, -16_384)), 0, 4, start.length + 2 * 16_000 * 100_000);
    await file.truncate(start.length + size);
    await file.close();
    const { samples } = await readAudioFile(path, { offset: 100_000, duration: 3 / 16_000 });
    expect(samples).toEqual(Float32Array.of(0.5, -0.5, 0));
    await expect(readAudioFile(path)).rejects.toMatchObject({
      code: 'AUR_AUDIO_TOO_LONG',
      message: `${path}: has more than 536870912 samples: expected an offset and a duration that hold fewer`,
    });
  });

  it('behind the end is refused, with the end', async () => {
    const path = codecFiles.find(({ file }) => file === 'stereo.ogg')!.path;
    await expect(readAudioFile(path, { offset: 0.25 })).rejects.toMatchObject({
      code: 'AUR_AUDIO_SEGMENT',
      message: `${path}: the segment from 0.25 s on lies behind its end at 0.25 s`,
    });
    await expect(decodeAudio(wavFile, 'a.wav', { offset: 1 })).rejects.toMatchObject({
      code: 'AUR_AUDIO_SEGMENT',
      message: 'a.wav: the segment from 1 s on lies behind its end at 0.025 s',
    });
  });
});
