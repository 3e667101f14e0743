import { parseWav } from '@auricle/audio/riff';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { refusalOfBytes } from './refusal.js';
import { chunk, fmt, riff, type WavFields, wav } from './wav-bytes.js';

const SOUND = Uint8Array.of(1, 2, 3, 4);
const parse = (bytes: Uint8Array) => parseWav(bytes, 'a.wav');
const refused = (code: string, message: string) =>
  expect.objectContaining({ code, message: expect.stringMatching(new RegExp(`^a\\.wav: .*${message}`)) });

describe('parseWav', () => {
  it('reads what the "fmt " chunk states', () => {
    expect(parse(wav(SOUND, { channels: 2, sampleRate: 44_100 }))).toEqual({
      littleEndian: true,
      format: 1,
      channels: 2,
      sampleRate: 44_100,
      bits: 16,
      data: SOUND,
    });
    expect(parse(wav(SOUND, { magic: 'RIFX', format: 3, bits: 32 }))).toMatchObject({
      littleEndian: false,
      format: 3,
      sampleRate: 16_000,
    });
  });

  it('steps over other chunks, padded to whole words where their size is odd', () => {
    const info = chunk('LIST', Buffer.from('INFOx'));
    expect(info).toHaveLength(14);
    expect(parse(riff([info, fmt(), chunk('fact', new Uint8Array(3)), chunk('data', SOUND), info])).data).toEqual(
      SOUND,
    );
  });

  it('drops the bytes behind the last whole block', () => {
    expect(parse(wav(Uint8Array.of(1, 2, 3, 4, 5), { channels: 2 })).data).toEqual(SOUND);
  });

  it('takes sound up to the end of the file where a pipe left its size unknown', () => {
    expect(parse(riff([fmt(), chunk('data', SOUND, { claimed: 0xffffffff })])).data).toEqual(SOUND);
  });

  it('reads a view that starts anywhere in its buffer', () => {
    const shifted = new Uint8Array(100).subarray(3, 3 + 48);
    shifted.set(wav(SOUND));
    expect(parse(shifted).data).toEqual(SOUND);
  });

  it('takes the encoding of an extensible header from its GUID', () => {
    const extension = Uint8Array.from([...fmt({ format: 0xfffe, bits: 8 }).subarray(8), 22, 0, 8, 0, 4, 0, 0, 0, 7, 0]);
    expect(parse(riff([chunk('fmt ', extension), chunk('data', SOUND)]))).toMatchObject({ format: 7, bits: 8 });
  });

  it.each<[string, Uint8Array, string, string]>([
    ['the file ends in the header', wav(SOUND).subarray(0, 11), 'AUR_AUDIO_TRUNCATED', '12 bytes, it has 11'],
    ['no chunk follows', riff([]), 'AUR_AUDIO_TRUNCATED', 'no WAV chunk "data"'],
    ['there is no sound', riff([fmt()]), 'AUR_AUDIO_TRUNCATED', 'no WAV chunk "data"'],
    [
      'a chunk reaches beyond the file',
      riff([fmt(), chunk('data', SOUND, { claimed: 6 })]),
      'AUR_AUDIO_TRUNCATED',
      '"data" claims 6 bytes, 4 are left',
    ],
    [
      'another chunk has no known size',
      riff([fmt(), chunk('LIST', SOUND, { claimed: 0xffffffff })]),
      'AUR_AUDIO_TRUNCATED',
      '"LIST" claims 4294967295 bytes, 4 are left',
    ],
    ['it is another RIFF file', Buffer.from('RIFF\x04\0\0\0AVI '), 'AUR_AUDIO_DAMAGED', 'no "WAVE"'],
    ['the sound comes first', riff([chunk('data', SOUND), fmt()]), 'AUR_AUDIO_DAMAGED', 'no "fmt " chunk'],
    ['the "fmt " chunk is short', riff([chunk('fmt ', SOUND)]), 'AUR_AUDIO_DAMAGED', 'has 4 bytes, expected 16'],
  ])('refuses a file where %s', (_, bytes, code, message) => {
    expect(() => parse(bytes)).toThrow(refused(code, message));
  });

  it.each<[WavFields, string, string]>([
    [{ format: 2, bits: 4 }, 'AUR_AUDIO_UNSUPPORTED', 'format 2 of 4 bits'],
    [{ bits: 12 }, 'AUR_AUDIO_UNSUPPORTED', 'format 1 of 12 bits'],
    [{ format: 3, bits: 16 }, 'AUR_AUDIO_UNSUPPORTED', 'format 3 of 16 bits'],
    [{ format: 7, bits: 16 }, 'AUR_AUDIO_UNSUPPORTED', 'format 7 of 16 bits'],
    [{ format: 0xfffe }, 'AUR_AUDIO_UNSUPPORTED', 'format 65534 of 16 bits'],
    [{ channels: 0 }, 'AUR_AUDIO_DAMAGED', '0 channels at 16000 Hz'],
    [{ sampleRate: 0 }, 'AUR_AUDIO_DAMAGED', '1 channels at 0 Hz'],
    [{ blockBytes: 3 }, 'AUR_AUDIO_DAMAGED', '3 bytes a block, expected 2'],
  ])('refuses the header %o', (fields, code, message) => {
    expect(() => parse(wav(SOUND, fields))).toThrow(refused(code, message));
  });

  it('answers any row of chunks with sound or a coded error', async () => {
    const anyFmt = fc
      .record({
        magic: fc.constantFrom('RIFF' as const, 'RIFX' as const),
        format: fc.constantFrom(0, 1, 2, 3, 6, 7, 0xfffe, 0xffff),
        channels: fc.nat({ max: 0xffff }),
        sampleRate: fc.nat({ max: 0xffffffff }),
        bits: fc.constantFrom(0, 1, 8, 16, 24, 32, 64, 0xffff),
      })
      .map(fmt);
    const anyChunk = fc
      .record({
        id: fc.constantFrom('fmt ', 'data', 'LIST', 'ds64', '\0\0\0\0'),
        body: fc.uint8Array({ maxLength: 40 }),
        more: fc.constantFrom(0, 0, 0, 1, 0xffff, 0x7fffffff),
      })
      .map(({ id, body, more }) => chunk(id, body, { claimed: body.length + more }));
    const anyFile = fc
      .tuple(fc.array(fc.oneof(anyFmt, anyChunk), { maxLength: 5 }), fc.constantFrom('RIFF' as const, 'RIFX' as const))
      .map(([chunks, magic]) => riff(chunks, magic));
    await fc.assert(
      fc.asyncProperty(anyFile, async (bytes) => {
        await refusalOfBytes(bytes);
      }),
      { numRuns: 500 },
    );
  });
});
