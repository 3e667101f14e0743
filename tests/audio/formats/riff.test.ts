import { bytesInMemory } from '@auricle/audio/byte-source';
import { readWav } from '@auricle/audio/formats/riff';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { refusalOfBytes } from '../refusal.js';
import { quietAndAlone } from '../surroundings.js';
import { chunk, fmt, riff, type WavFields, wav } from '../wav-bytes.js';

quietAndAlone();

const SOUND = Uint8Array.of(1, 2, 3, 4);
const parse = (bytes: Uint8Array) => readWav(bytesInMemory(bytes), 'a.wav');
/** The sound's bytes. */
const dataOf = async (bytes: Uint8Array) => {
  const { dataAt, dataBytes } = await parse(bytes);
  return bytes.slice(dataAt, dataAt + dataBytes);
};
const refused = (code: string, message: string) =>
  expect.objectContaining({ code, message: expect.stringMatching(new RegExp(`^a\\.wav: .*${message}`)) });

/** Of a file with more than 4 GB: its size, that of the sound, its blocks, and no further sizes. */
function ds64(dataBytes: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(28));
  view.setBigUint64(8, BigInt(dataBytes), true);
  return chunk('ds64', new Uint8Array(view.buffer));
}
const UNKNOWN = { claimed: 0xffffffff };

describe('readWav', () => {
  it('reads what the "fmt " chunk states', async () => {
    expect(await parse(wav(SOUND, { channels: 2, sampleRate: 44_100 }))).toEqual({
      container: 'WAV',
      littleEndian: true,
      format: 1,
      channels: 2,
      sampleRate: 44_100,
      bits: 16,
      dataAt: 44,
      dataBytes: 4,
    });
    expect(await parse(wav(SOUND, { magic: 'RIFX', format: 3, bits: 32 }))).toMatchObject({
      littleEndian: false,
      format: 3,
      sampleRate: 16_000,
    });
  });

  it('steps over other chunks, padded to whole words where their size is odd', async () => {
    const info = chunk('LIST', Buffer.from('INFOx'));
    expect(info).toHaveLength(14);
    const bytes = riff([info, fmt(), chunk('fact', new Uint8Array(3)), chunk('data', SOUND), info]);
    expect(await dataOf(bytes)).toEqual(SOUND);
  });

  it('drops the bytes behind the last whole block', async () => {
    expect(await dataOf(wav(Uint8Array.of(1, 2, 3, 4, 5), { channels: 2 }))).toEqual(SOUND);
  });

  it.each([0xffffffff, 0x7ffff000])(
    'takes sound up to the end of the file where a pipe left its size unknown (%d)',
    async (claimed) => {
      expect(await dataOf(riff([fmt(), chunk('data', SOUND, { claimed })]))).toEqual(SOUND);
    },
  );

  it.each(['RF64', 'BW64'] as const)('takes the size of the sound from the "ds64" chunk of %s', async (magic) => {
    const info = chunk('LIST', Buffer.from('INFO'));
    expect(await dataOf(riff([ds64(4), fmt(), chunk('data', SOUND, UNKNOWN), info], magic))).toEqual(SOUND);
    await expect(parse(riff([ds64(5e9), fmt(), chunk('data', SOUND, UNKNOWN)], magic))).rejects.toThrow(
      refused('AUR_AUDIO_TRUNCATED', '"data" claims 5000000000 bytes, 4 are left'),
    );
  });

  it('finds sound behind 4 GB', async () => {
    // The file is not there: only its header is read.
    const start = riff([ds64(6e9), fmt(), chunk('data', SOUND, UNKNOWN)], 'RF64');
    const file = { ...bytesInMemory(start), size: 6e9 + 80 };
    expect(await readWav(file, 'a.wav')).toMatchObject({ dataAt: 80, dataBytes: 6e9 });
  });

  it('takes the encoding of an extensible header from its GUID', async () => {
    const extension = Uint8Array.from([...fmt({ format: 0xfffe, bits: 8 }).subarray(8), 22, 0, 8, 0, 4, 0, 0, 0, 7, 0]);
    expect(await parse(riff([chunk('fmt ', extension), chunk('data', SOUND)]))).toMatchObject({ format: 7, bits: 8 });
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
    [
      'there is no end of chunks',
      riff(Array.from({ length: 1001 }, () => chunk('LIST', new Uint8Array(0)))),
      'AUR_AUDIO_DAMAGED',
      'no sound within 1000 chunks',
    ],
    ['the "fmt " chunk is short', riff([chunk('fmt ', SOUND)]), 'AUR_AUDIO_DAMAGED', 'has 4 bytes, expected 16'],
  ])('refuses a file where %s', async (_, bytes, code, message) => {
    await expect(parse(bytes)).rejects.toThrow(refused(code, message));
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
  ])('refuses the header %o', async (fields, code, message) => {
    await expect(parse(wav(SOUND, fields))).rejects.toThrow(refused(code, message));
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
      .tuple(
        fc.array(fc.oneof(anyFmt, anyChunk), { maxLength: 5 }),
        fc.constantFrom('RIFF' as const, 'RIFX' as const, 'RF64' as const),
      )
      .map(([chunks, magic]) => riff(chunks, magic));
    await fc.assert(
      fc.asyncProperty(anyFile, async (bytes) => {
        await refusalOfBytes(bytes);
      }),
      { numRuns: 500 },
    );
  });
});
