import { audioInfo, decodeAudio, encodeWav, RAW_ENCODINGS, type RawFormat, type ReadOptions } from '@auricle/audio';
import { checkReadOptions, sampleRange } from '@auricle/audio/read-options';
import { describe, expect, it } from 'vitest';
import { codecFiles } from './codecs.js';
import { bytesOf } from './wav-bytes.js';

describe('options of reading', () => {
  it.each<[ReadOptions, string]>([
    [{ offset: -0.1 }, 'option offset is -0.1: expected seconds from 0'],
    [{ offset: Number.NaN }, 'option offset is NaN'],
    [{ offset: Number.POSITIVE_INFINITY }, 'option offset is Infinity'],
    [{ duration: 0 }, 'option duration is 0: expected seconds above 0'],
    [{ duration: Number.NaN }, 'option duration is NaN'],
    [{ channel: -1 }, 'option channel is -1: expected "mix" or a whole number from 0'],
    [{ channel: 0.5 }, 'option channel is 0.5'],
    [{ channel: 'left' as 'mix' }, 'option channel is left'],
    [{ raw: { encoding: 's12le' as 's16le', sampleRate: 8000 } }, 'option raw.encoding is s12le: expected u8, s16le'],
    [{ raw: { encoding: 's16le', sampleRate: 0 } }, 'option raw.sampleRate is 0: expected a whole number of Hz'],
    [{ raw: { encoding: 's16le', sampleRate: 8000, channels: 0 } }, 'option raw.channels is 0'],
    [{ raw: { encoding: 's16le', sampleRate: 8000, channels: 1e9 } }, 'option raw.channels is 1000000000'],
  ])('%o are refused', (options, message) => {
    expect(() => checkReadOptions(options, 'a.wav')).toThrow(
      expect.objectContaining({ code: 'AUR_AUDIO_OPTION', message: expect.stringContaining(`a.wav: ${message}`) }),
    );
  });

  it('give the samples of a segment, rounded so that neighbours share none and miss none', () => {
    expect(sampleRange({}, 16_000, 'a.wav')).toEqual({ from: 0, to: Number.POSITIVE_INFINITY });
    expect(sampleRange({ offset: 1.5 }, 16_000, 'a.wav')).toEqual({ from: 24_000, to: Number.POSITIVE_INFINITY });
    const [first, second] = [{ duration: 0.30004 }, { offset: 0.30004, duration: 1 }].map((s) =>
      sampleRange(s, 8000, 'a.wav'),
    );
    expect(first.to).toBe(second.from);
  });
});

describe('a segment that holds no sample', () => {
  it.each(codecFiles)('of $file is refused', async ({ bytes, raw, sampleRate }) => {
    await expect(decodeAudio(bytes, 'a file', { raw, offset: 0.01, duration: 1e-9 })).rejects.toMatchObject({
      code: 'AUR_AUDIO_OPTION',
      message: `a file: option duration is 1e-9: expected a sample or more at ${sampleRate} Hz`,
    });
  });
});

describe('a channel', () => {
  const stereo = bytesOf(Int16Array.of(-32768, 16_384, -16_384, 8192));
  const raw: RawFormat = { encoding: 's16le', sampleRate: 8000, channels: 2 };
  const read = async (options: ReadOptions) => (await decodeAudio(stereo, 'a.raw', { raw, ...options })).samples;

  it('is taken alone, or all are mixed', async () => {
    expect(await read({ channel: 0 })).toEqual(Float32Array.of(-1, -0.5));
    expect(await read({ channel: 1 })).toEqual(Float32Array.of(0.5, 0.25));
    expect(await read({ channel: 'mix' })).toEqual(Float32Array.of(-0.25, -0.125));
    expect(await read({})).toEqual(Float32Array.of(-0.25, -0.125));
  });

  it('that is not there is refused', async () => {
    await expect(read({ channel: 2 })).rejects.toMatchObject({
      code: 'AUR_AUDIO_CHANNEL',
      message: 'a.raw: channel 2 of 2: expected "mix" or 0 to 1',
    });
    const mono = encodeWav({ samples: new Float32Array(9), sampleRate: 8000 });
    await expect(decodeAudio(mono, 'a.wav', { channel: 1 })).rejects.toMatchObject({ code: 'AUR_AUDIO_CHANNEL' });
  });
});

describe('raw samples', () => {
  it('are read as stated, whatever they look like', async () => {
    const wav = encodeWav({ samples: new Float32Array(2), sampleRate: 8000 });
    const raw: RawFormat = { encoding: 'u8', sampleRate: 11_025 };
    const { samples, sampleRate } = await decodeAudio(wav, 'a.raw', { raw });
    expect([samples.length, sampleRate]).toEqual([wav.length, 11_025]);
    expect(samples[0]).toBe(('R'.charCodeAt(0) - 128) / 128);
    expect(await audioInfo(wav, { raw })).toMatchObject({ format: 'raw PCM', channels: 1 });
  });

  it('are refused where the last is not whole', async () => {
    for (const encoding of Object.keys(RAW_ENCODINGS) as RawFormat['encoding'][]) {
      const raw = { encoding, sampleRate: 8000, channels: 3 };
      await expect(decodeAudio(new Uint8Array(25), 'a.raw', { raw })).rejects.toMatchObject({
        code: 'AUR_AUDIO_TRUNCATED',
        message: `a.raw: ends early: its 25 bytes are no whole number of ${encoding} samples of 3 channels`,
      });
    }
  });
});
