import { audioInfo, decodeAudio } from '@auricle/audio';
import { bytesInMemory } from '@auricle/audio/byte-source';
import { readSphere } from '@auricle/audio/formats/sphere';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { refusalOfBytes } from '../refusal.js';
import { type SphereFields, sphere } from '../sphere-bytes.js';
import { quietAndAlone } from '../surroundings.js';
import { bytesOf } from '../wav-bytes.js';

quietAndAlone();

const samples = bytesOf(Int16Array.of(-32768, -1, 0, 16_384));
const read = (bytes: Uint8Array) => readSphere(bytesInMemory(bytes), 'a.sph');

describe('readSphere', () => {
  it('reads what the header states', async () => {
    expect(await read(sphere(samples, { fields: { channel_count: '-i 2', sample_count: '-i 2' } }))).toEqual({
      container: 'NIST SPHERE',
      littleEndian: true,
      format: 1,
      bits: 16,
      channels: 2,
      sampleRate: 8000,
      dataAt: 1024,
      dataBytes: 8,
    });
    const values = Float32Array.of(-1, -1 / 32768, 0, 0.5);
    expect((await decodeAudio(sphere(samples), 'a.sph')).samples).toEqual(values);
    const swapped = sphere(Buffer.from(samples).swap16(), { fields: { sample_byte_format: '-s2 10' } });
    expect((await decodeAudio(swapped, 'a.sph')).samples).toEqual(values);
  });

  it('takes 16-bit integers, low byte first, of one channel where nothing else is stated', async () => {
    const fields = {
      channel_count: undefined,
      sample_n_bytes: undefined,
      sample_byte_format: undefined,
      sample_coding: undefined,
    };
    expect(await read(sphere(samples, { fields }))).toMatchObject({
      channels: 1,
      bits: 16,
      littleEndian: true,
      format: 1,
    });
  });

  it('leaves out what stands behind the samples that are promised', async () => {
    const longer = sphere(samples, { fields: { sample_count: '-i 3' } });
    expect((await decodeAudio(longer, 'a.sph')).samples).toHaveLength(3);
    expect((await audioInfo(longer)).duration).toBe(3 / 8000);
  });

  it.each<[string, SphereFields, string, string]>([
    [
      'shorten has compressed it',
      { fields: { sample_coding: '-s26 pcm,embedded-shorten-v2.00' } },
      'AUR_AUDIO_ENCODING',
      'coding "pcm,embedded-shorten-v2.00", byte order 01: expected .*; sph2pipe or w_decode expands it',
    ],
    ['its samples have 3 bytes', { fields: { sample_n_bytes: '-i 3' } }, 'AUR_AUDIO_ENCODING', 'samples of 3 bytes'],
    ['their order is unknown', { fields: { sample_byte_format: '-s1 N' } }, 'AUR_AUDIO_ENCODING', 'byte order N'],
    ['its rate is missing', { fields: { sample_rate: undefined } }, 'AUR_AUDIO_DAMAGED', 'its sample_rate is missing'],
    ['its rate is 0', { fields: { sample_rate: '-i 0' } }, 'AUR_AUDIO_DAMAGED', 'its sample_rate is 0'],
    ['its count is no number', { fields: { sample_count: '-i 4e9' } }, 'AUR_AUDIO_DAMAGED', 'its sample_count is 4e9'],
    [
      'it has too many channels',
      { fields: { channel_count: '-i 70000' } },
      'AUR_AUDIO_DAMAGED',
      'channel_count is 70000',
    ],
    ['its header has no length', { headerBytes: 'abc' }, 'AUR_AUDIO_DAMAGED', 'its header is "    abc'],
    ['its header claims megabytes', { headerBytes: 9_000_000 }, 'AUR_AUDIO_DAMAGED', 'bytes long'],
    ['its header claims more than there is', { headerBytes: 2048 }, 'AUR_AUDIO_TRUNCATED', 'header claims 2048 bytes'],
    [
      'it promises 4 GB',
      { fields: { sample_count: '-i 2147483648' } },
      'AUR_AUDIO_TRUNCATED',
      'claims 4294967296 bytes of samples, 8 are left',
    ],
  ])('refuses a file where %s', async (_, fields, code, message) => {
    await expect(decodeAudio(sphere(samples, fields), 'a.sph')).rejects.toMatchObject({
      code,
      message: expect.stringMatching(new RegExp(`^a\\.sph: .*${message}`)),
    });
  });

  it('answers any header with samples or a coded error', async () => {
    const anyValue = fc.oneof(
      fc.constantFrom('-i 1', '-i 2', '-i 0', '-i 4294967295', '-s3 pcm', '-s4 ulaw', '-s2 01', '-s2 10', undefined),
      fc.string({ maxLength: 20 }),
    );
    const names = [
      'sample_count',
      'sample_rate',
      'channel_count',
      'sample_n_bytes',
      'sample_byte_format',
      'sample_coding',
    ];
    const anyFields = fc.record(Object.fromEntries(names.map((name) => [name, anyValue])), { requiredKeys: [] });
    const anyBytes = fc.oneof(fc.constantFrom(1024, 16, 0, -1, 1023), fc.string({ maxLength: 7 }));
    await fc.assert(
      fc.asyncProperty(anyFields, anyBytes, async (fields, headerBytes) => {
        await refusalOfBytes(sphere(samples, { fields, headerBytes }));
      }),
      { numRuns: 500 },
    );
  });
});
