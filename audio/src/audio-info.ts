/** An audio file goes in; its format, rate, channels and duration come out, without its sound being decoded. */
import { audioError } from './audio-errors.js';
import { type ByteSource, bytesInMemory, openByteFile, PIECE_BYTES } from './byte-source.js';
import { decodeAudio, readAudioFile } from './decode.js';
import { isForFfmpeg, probeByFfmpeg, withRefusal } from './ffmpeg.js';
import { lastGranule, MOST_PAGE_BYTES } from './formats/ogg-pages.js';
import { pcmLength } from './formats/pcm-sound.js';
import type { SoundHead } from './packet-groups.js';
import { readPcmFormat } from './pcm-format.js';
import { checkReadOptions, type ReadOptions } from './read-options.js';
import { StreamingDecoder } from './streaming-decoder.js';

export interface AudioInfo {
  /** WAV, FLAC, Ogg Opus, Ogg Vorbis, WebM Opus, MP3, NIST SPHERE, raw PCM; or, where ffmpeg reads it, its codec. */
  format: string;
  /** Hz */
  sampleRate: number;
  channels: number;
  /** seconds */
  duration: number;
}

export interface AudioInfoOptions extends Pick<ReadOptions, 'raw'> {
  /** names the audio in errors, default the path */
  source?: string;
}

/** Reads the header, of Ogg also the last page. Where neither states a length, as in a browser's WebM, a chained Ogg file or an MP3 file
 *  without a Xing tag, it counts what the packets state.
 *  @param audio a path or what is in the file
 *  @throws AUR_AUDIO_MISSING, AUR_AUDIO_EMPTY, AUR_AUDIO_TRUNCATED, AUR_AUDIO_UNKNOWN_FORMAT, AUR_AUDIO_UNSUPPORTED,
 *  AUR_AUDIO_ENCODING, AUR_AUDIO_DAMAGED, AUR_AUDIO_OPTION */
export async function audioInfo(audio: string | Uint8Array, options: AudioInfoOptions = {}): Promise<AudioInfo> {
  const { source = typeof audio === 'string' ? audio : 'audio', raw } = options;
  checkReadOptions({ raw }, source);
  const file = typeof audio === 'string' ? await openByteFile(audio) : bytesInMemory(audio);
  try {
    if (file.size === 0) throw audioError('AUR_AUDIO_EMPTY', { source });
    const sound = await readPcmFormat(file, raw, source);
    const { format, sampleRate, channels, length } = sound
      ? { ...sound, format: sound.container, length: pcmLength(sound) }
      : await readCompressedInfo(file, source);
    if (length <= 0) throw audioError('AUR_AUDIO_EMPTY', { source });
    return { format, sampleRate, channels, duration: length / sampleRate };
  } catch (error) {
    if (!isForFfmpeg(error)) throw error;
    const info = await probeByFfmpeg(audio, source);
    if ('refusal' in info) throw withRefusal(error, info);
    const { codec, duration, ...known } = info;
    return { format: codec, ...known, duration: duration ?? (await decodedSeconds(audio, source)) };
  } finally {
    await file.close();
  }
}

async function readCompressedInfo(file: ByteSource, source: string): Promise<SoundHead & { length: number }> {
  // All of the recording is passed over: packets before an offset are counted but not decoded.
  const decoder = new StreamingDecoder(source, { offset: Number.MAX_SAFE_INTEGER });
  for (let at = 0; at < file.size; at += PIECE_BYTES) {
    const hadHead = decoder.head !== undefined;
    for await (const _ of decoder.push(await file.read(at, PIECE_BYTES)));
    const { head } = decoder;
    const stated = head && !hadHead ? await statedLength(file, head) : undefined;
    if (head && stated !== undefined) return { ...head, length: stated };
  }
  for await (const _ of decoder.flush());
  return { ...decoder.head!, length: decoder.position };
}

/** Samples that the header, or the last page of its stream, states. */
async function statedLength(file: ByteSource, head: SoundHead): Promise<number | undefined> {
  if (!head.granules) return head.total;
  const { start, serial } = head.granules;
  const tail = await file.read(Math.max(0, file.size - MOST_PAGE_BYTES), MOST_PAGE_BYTES);
  const granule = lastGranule(tail, serial);
  return granule === undefined ? undefined : granule - start - head.skip;
}

async function decodedSeconds(audio: string | Uint8Array, source: string): Promise<number> {
  const decoded = await (typeof audio === 'string' ? readAudioFile(audio) : decodeAudio(audio, source));
  return decoded.samples.length / decoded.sampleRate;
}
