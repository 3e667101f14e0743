/** The bytes of a WAV file go in, mono samples come out, and back; what the header claims is checked before anything is allocated. */
import wavefile from 'wavefile';
import { audioError } from './audio-errors.js';
import { mixDown, type Pcm } from './decode.js';

const { WaveFile } = wavefile;

/** @throws AUR_AUDIO_TRUNCATED when chunks reach beyond the file, AUR_AUDIO_DAMAGED for an encoding or header that cannot be read */
export function decodeWav(bytes: Uint8Array, source: string): Pcm {
  checkChunks(bytes, source);
  try {
    const wav = new WaveFile(bytes);
    const { sampleRate, numChannels, audioFormat } = wav.fmt as {
      sampleRate: number;
      numChannels: number;
      audioFormat: number;
    };
    if (audioFormat === 6) wav.fromALaw();
    if (audioFormat === 7) wav.fromMuLaw();
    const isFloat = wav.bitDepth === '32f' || wav.bitDepth === '64';
    const scale = isFloat ? 1 : 2 ** -(Number.parseInt(wav.bitDepth, 10) - 1);
    // 8-bit WAV is unsigned.
    const offset = wav.bitDepth === '8' ? 128 : 0;
    const samples = wav.getSamples(false, Float64Array) as unknown as Float64Array | Float64Array[];
    const channels = (numChannels === 1 ? [samples as Float64Array] : (samples as Float64Array[])).map((channel) =>
      Float32Array.from(channel, (v) => (v - offset) * scale),
    );
    return { samples: mixDown(channels), sampleRate };
  } catch (cause) {
    throw audioError('AUR_AUDIO_DAMAGED', { source, format: 'WAV', reason: (cause as Error).message }, { cause });
  }
}

function checkChunks(bytes: Uint8Array, source: string): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const littleEndian = bytes[3] === 0x46; // RIFF, not RIFX
  const fail = (reason: string) => audioError('AUR_AUDIO_TRUNCATED', { source, reason });
  if (bytes.length < 12) throw fail(`a WAV header has 12 bytes, it has ${bytes.length}`);
  let format = false;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const id = String.fromCharCode(...bytes.subarray(at, at + 4));
    const size = view.getUint32(at + 4, littleEndian);
    if (at + 8 + size > bytes.length)
      throw fail(`chunk "${id}" claims ${size} bytes, ${bytes.length - at - 8} are left`);
    if (id === 'fmt ') {
      format = true;
      const [channels, rate, width] = [
        view.getUint16(at + 10, littleEndian),
        view.getUint32(at + 12, littleEndian),
        view.getUint16(at + 22, littleEndian),
      ];
      if (size < 16 || channels < 1 || channels > 64 || rate < 1 || width < 4 || width > 64)
        throw audioError('AUR_AUDIO_DAMAGED', {
          source,
          format: 'WAV',
          reason: `${channels} channels, ${rate} Hz, ${width} bits`,
        });
    }
    if (id === 'data') {
      if (!format)
        throw audioError('AUR_AUDIO_DAMAGED', { source, format: 'WAV', reason: 'no "fmt " chunk before "data"' });
      return;
    }
    at += 8 + size + (size % 2);
  }
  throw fail('no "data" chunk');
}

/** 16-bit mono WAV. */
export function encodeWav({ samples, sampleRate }: Pcm): Uint8Array {
  const wav = new WaveFile();
  wav.fromScratch(
    1,
    sampleRate,
    '16',
    Int16Array.from(samples, (v) => Math.max(-32768, Math.min(32767, Math.round(v * 32768)))),
  );
  return wav.toBuffer();
}
