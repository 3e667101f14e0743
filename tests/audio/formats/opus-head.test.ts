import { readOpusHead } from '@auricle/audio/formats/opus-head';
import { describe, expect, it } from 'vitest';
import { type OpusHeadFields, opusHead } from '../ogg-bytes.js';

const read = (fields: OpusHeadFields) => readOpusHead(opusHead(fields), 'Ogg Opus', 'a.opus');

describe('readOpusHead', () => {
  it('reads mono and stereo, whose channels follow from their number', () => {
    expect(read({ preSkip: 400 })).toEqual({
      channels: 1,
      preSkip: 400,
      gain: 1,
      streamCount: 1,
      coupledStreamCount: 0,
      channelMappingTable: [0],
    });
    expect(read({ channels: 2 })).toMatchObject({ streamCount: 1, coupledStreamCount: 1, channelMappingTable: [0, 1] });
  });

  it.each([1, 255])('reads the channel mapping of family %d', (family) => {
    expect(read({ channels: 3, family, mapping: [2, 1, 0, 2, 1] })).toMatchObject({
      channels: 3,
      streamCount: 2,
      coupledStreamCount: 1,
      channelMappingTable: [0, 2, 1],
    });
  });

  it('turns the gain, in 1 / 256 dB, into a factor', () => {
    expect(read({ gain: 20 * 256 }).gain).toBeCloseTo(10, 10);
    expect(read({ gain: -6 * 256 }).gain).toBeCloseTo(0.501187, 6);
  });

  it.each<[OpusHeadFields, string]>([
    [{ version: 16 }, 'version 16, expected 0 to 15'],
    [{ channels: 0 }, '0 channels in mapping 0'],
    [{ channels: 3 }, '3 channels in mapping 0'],
    [{ family: 3 }, 'channel mapping 3, expected 0, 1 or 255'],
    [{ channels: 3, family: 1, mapping: [2, 1, 0, 2] }, 'ends within the channel mapping'],
  ])('refuses %o', (fields, message) => {
    expect(() => read(fields)).toThrow(
      expect.objectContaining({
        code: 'AUR_AUDIO_DAMAGED',
        message: expect.stringMatching(new RegExp(`^a\\.opus: .*${message}`)),
      }),
    );
  });

  it('refuses a packet that is cut', () => {
    for (let length = 0; length < 19; length++)
      expect(() => readOpusHead(opusHead().subarray(0, length), 'Ogg Opus', 'a.opus')).toThrow(
        `its OpusHead has ${length} bytes, expected 19 or more`,
      );
  });
});
