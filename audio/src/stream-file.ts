/** The path of an audio file of any length goes in, its mono samples come out block by block. */
import { audioError } from './audio-errors.js';
import { type ByteSource, openByteFile, PIECE_BYTES } from './byte-source.js';
import { readAudioFile } from './decode.js';
import { isForFfmpeg } from './ffmpeg.js';
import { type PcmSound, pcmLength, readPcm } from './formats/pcm-sound.js';
import type { Pcm } from './mix-down.js';
import { readPcmFormat } from './pcm-format.js';
import { checkReadOptions, type ReadOptions, sampleRange } from './read-options.js';
import { StreamingDecoder } from './streaming-decoder.js';

/** Of uncompressed samples, so many at a time. */
const BLOCK_SAMPLES = 65_536;
/** What ffmpeg reads is converted in segments of this length. */
const SEGMENT_SECONDS = 600;

/** The samples that `readAudioFile` would give, in blocks, one after the other; no more of the recording is held in memory than its blocks (ten
 *  minutes of what only ffmpeg reads).
 *  @throws as `readAudioFile`, but for AUR_AUDIO_TOO_LONG; what is wrong further on in the file is found after the blocks before it */
export async function* streamAudioFile(path: string, options: ReadOptions = {}): AsyncGenerator<Pcm> {
  checkReadOptions(options, path);
  const file = await openByteFile(path);
  try {
    if (file.size === 0) throw audioError('AUR_AUDIO_EMPTY', { source: path });
    let isBegun = false;
    try {
      const sound = await readPcmFormat(file, options.raw, path);
      for await (const block of sound ? pcmBlocks(file, sound, path, options) : compressedBlocks(file, path, options)) {
        isBegun = true;
        yield block;
      }
    } catch (error) {
      if (isBegun || !isForFfmpeg(error)) throw error;
      yield* convertedBlocks(path, options);
    }
  } finally {
    await file.close();
  }
}

async function* pcmBlocks(file: ByteSource, sound: PcmSound, source: string, options: ReadOptions) {
  const { sampleRate } = sound;
  const length = pcmLength(sound);
  const range = sampleRange(options, sampleRate, source);
  if (range.from >= length) throw nothingLeft(source, options.offset, length / sampleRate);
  const to = Math.min(range.to, length);
  for (let from = range.from; from < to; from += BLOCK_SAMPLES) {
    const part = { from, to: Math.min(to, from + BLOCK_SAMPLES) };
    yield { samples: await readPcm(file, sound, part, options.channel ?? 'mix', source), sampleRate };
  }
}

async function* compressedBlocks(file: ByteSource, source: string, options: ReadOptions) {
  const decoder = new StreamingDecoder(source, options);
  let isEmpty = true;
  const blocks = async function* (given: AsyncGenerator<Float32Array>) {
    for await (const samples of given) {
      isEmpty &&= samples.length === 0;
      yield { samples, sampleRate: decoder.head!.sampleRate };
    }
  };
  for (let at = 0; at < file.size && !decoder.isDone; at += PIECE_BYTES)
    yield* blocks(decoder.push(await file.read(at, PIECE_BYTES)));
  if (!decoder.isDone) yield* blocks(decoder.flush());
  if (isEmpty) throw nothingLeft(source, options.offset, decoder.position / decoder.head!.sampleRate);
}

async function* convertedBlocks(path: string, options: ReadOptions) {
  const start = options.offset ?? 0;
  const end = options.duration === undefined ? Number.POSITIVE_INFINITY : start + options.duration;
  for (let offset = start; offset < end; offset += SEGMENT_SECONDS) {
    const duration = Math.min(SEGMENT_SECONDS, end - offset);
    let segment: Pcm;
    try {
      segment = await readAudioFile(path, { ...options, offset, duration });
    } catch (error) {
      // The last segment ended with the recording.
      const { code } = error as { code?: string };
      if (offset > start && (code === 'AUR_AUDIO_SEGMENT' || code === 'AUR_AUDIO_EMPTY')) return;
      throw error;
    }
    yield segment;
    if (segment.samples.length < Math.floor((duration - 0.1) * segment.sampleRate)) return;
  }
}

const nothingLeft = (source: string, from: number | undefined, duration: number) =>
  duration === 0 || from === undefined
    ? audioError('AUR_AUDIO_EMPTY', { source })
    : audioError('AUR_AUDIO_SEGMENT', { source, from, duration });
