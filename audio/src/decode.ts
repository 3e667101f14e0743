/** The bytes of an audio file or its path go in, mono samples with their rate come out. */
import { audioError } from './audio-errors.js';
import { type ByteSource, bytesInMemory, openByteFile, PIECE_BYTES } from './byte-source.js';
import { convertByFfmpeg, isForFfmpeg, probeByFfmpeg, withRefusal } from './ffmpeg.js';
import { type PcmSound, pcmLength, readPcm } from './formats/pcm-sound.js';
import { readWav } from './formats/riff.js';
import type { Pcm } from './mix-down.js';
import { readPcmFormat } from './pcm-format.js';
import { checkReadOptions, type ReadOptions, sampleRange } from './read-options.js';
import { StreamingDecoder } from './streaming-decoder.js';

/** Of a recording that is decoded whole, or a segment: 2 GiB, three hours at 48 kHz. */
const MOST_SAMPLES = 2 ** 29;

/** Decodes WAV, FLAC, Ogg Opus, Ogg Vorbis, WebM Opus, MP3 or NIST SPHERE, told apart by their content, or samples of the format that
 *  `options.raw` states. Where ffmpeg is on the PATH, it reads what else there is.
 *  @param source names the audio in errors
 *  @throws AUR_AUDIO_EMPTY, AUR_AUDIO_TRUNCATED, AUR_AUDIO_UNKNOWN_FORMAT, AUR_AUDIO_UNSUPPORTED and AUR_AUDIO_ENCODING for what
 *  nothing reads, AUR_AUDIO_DAMAGED, AUR_AUDIO_CHANNEL, AUR_AUDIO_SEGMENT for an offset behind the end, AUR_AUDIO_TOO_LONG,
 *  AUR_AUDIO_OPTION */
export async function decodeAudio(bytes: Uint8Array, source: string, options: ReadOptions = {}): Promise<Pcm> {
  return decodeFrom(bytesInMemory(bytes), bytes, source, options);
}

/** As `decodeAudio`. Of a segment no more is held in memory than its samples; WAV and SPHERE files are not read before it, and none
 *  behind it.
 *  @throws AUR_AUDIO_MISSING when the file cannot be read, and as `decodeAudio` */
export async function readAudioFile(path: string, options: ReadOptions = {}): Promise<Pcm> {
  const file = await openByteFile(path);
  try {
    return await decodeFrom(file, path, path, options);
  } finally {
    await file.close();
  }
}

async function decodeFrom(
  file: ByteSource,
  original: string | Uint8Array,
  source: string,
  options: ReadOptions,
): Promise<Pcm> {
  checkReadOptions(options, source);
  if (file.size === 0) throw audioError('AUR_AUDIO_EMPTY', { source });
  try {
    const sound = await readPcmFormat(file, options.raw, source);
    return await (sound ? decodePcmSound(file, sound, source, options) : decodeCompressed(file, source, options));
  } catch (error) {
    if (!isForFfmpeg(error)) throw error;
    const wav = await convertByFfmpeg(original, options, source);
    if (!(wav instanceof Uint8Array)) throw withRefusal(error, wav);
    const converted = bytesInMemory(wav);
    const sound = await readWav(converted, source);
    if (pcmLength(sound) === 0 && options.offset !== undefined) {
      const info = await probeByFfmpeg(original, source);
      const duration = 'refusal' in info ? undefined : info.duration;
      throw audioError('AUR_AUDIO_SEGMENT', {
        source,
        from: options.offset,
        duration: duration ?? 'an unknown number of',
      });
    }
    // It has the segment already.
    return decodePcmSound(converted, sound, source, { channel: options.channel });
  }
}

async function decodePcmSound(file: ByteSource, sound: PcmSound, source: string, options: ReadOptions): Promise<Pcm> {
  const { sampleRate } = sound;
  const length = pcmLength(sound);
  const range = sampleRange(options, sampleRate, source);
  if (range.from >= length) throw nothingLeft(length, sampleRate, source, options);
  if (Math.min(range.to, length) - range.from > MOST_SAMPLES) throw tooLong(source);
  return { samples: await readPcm(file, sound, range, options.channel ?? 'mix', source), sampleRate };
}

async function decodeCompressed(file: ByteSource, source: string, options: ReadOptions): Promise<Pcm> {
  const decoder = new StreamingDecoder(source, options);
  const blocks: Float32Array[] = [];
  let length = 0;
  const take = async (given: AsyncGenerator<Float32Array>) => {
    for await (const block of given) {
      blocks.push(block);
      length += block.length;
      if (length > MOST_SAMPLES) throw tooLong(source);
    }
  };
  for (let at = 0; at < file.size && !decoder.isDone; at += PIECE_BYTES)
    await take(decoder.push(await file.read(at, PIECE_BYTES)));
  if (!decoder.isDone) await take(decoder.flush());
  const sampleRate = decoder.head!.sampleRate;
  if (length === 0) throw nothingLeft(decoder.position, sampleRate, source, options);
  return { samples: joined(blocks, length), sampleRate };
}

function joined(blocks: readonly Float32Array[], length: number): Float32Array {
  const samples = new Float32Array(length);
  let at = 0;
  for (const block of blocks) {
    samples.set(block, at);
    at += block.length;
  }
  return samples;
}

const tooLong = (source: string) => audioError('AUR_AUDIO_TOO_LONG', { source, limit: MOST_SAMPLES });

const nothingLeft = (length: number, sampleRate: number, source: string, { offset = 0 }: ReadOptions) =>
  length === 0
    ? audioError('AUR_AUDIO_EMPTY', { source })
    : audioError('AUR_AUDIO_SEGMENT', { source, from: offset, duration: length / sampleRate });
