/** A recording that came by a request goes in, what was said comes out. */
import { audioInfo, type ChannelChoice, decodeAudio, type RawFormat } from '@auricle/audio';
import type { EndpointRule, Hotword } from '@auricle/decoding';
import type { Engine } from '../engine.js';
import type { StreamListener } from '../recognition-stream.js';
import type { Transcript } from '../results.js';

export interface RecordingOptions extends StreamListener {
  /** of bare samples */
  raw?: RawFormat;
  /** default 'mix' */
  channel?: ChannelChoice;
  /** default: the engine's default one */
  model?: string;
  hotwords?: readonly Hotword[];
  endpointRules?: readonly EndpointRule[];
  /** the client has left: nobody waits for the result */
  signal?: AbortSignal;
}

/** Errors call the recording so. */
const SOURCE = 'audio';
const PIECE_SAMPLES = 16_384;
/** Audio in flight to a worker, so that a long recording is not held twice. */
const MOST_PENDING_BYTES = 4 * 16 * PIECE_SAMPLES;

/** @returns how many channels a recording has
 *  @throws AUR_AUDIO_… */
export const channelsOf = async (bytes: Uint8Array, raw?: RawFormat): Promise<number> =>
  (await audioInfo(bytes, { source: SOURCE, raw })).channels;

/** @param bytes WAV, FLAC, Ogg, WebM, MP3, NIST SPHERE, or bare samples of the stated format
 *  @throws AUR_AUDIO_…, and as `Engine.openStream` and `RecognitionStream.finish` */
export async function transcribeRecording(
  engine: Engine,
  bytes: Uint8Array,
  options: RecordingOptions = {},
): Promise<Transcript> {
  const { raw, channel, signal, ...rest } = options;
  // Before the work of decoding.
  engine.requireRoom('batch', options.model);
  const { samples, sampleRate } = await decodeAudio(bytes, SOURCE, { raw, channel });
  const stream = engine.openStream({ sampleRate, priority: 'batch', ...rest });
  const leave = () => stream.close();
  signal?.addEventListener('abort', leave, { once: true });
  try {
    for (let at = 0; at < samples.length && !signal?.aborted; at += PIECE_SAMPLES) {
      stream.push(samples.subarray(at, at + PIECE_SAMPLES));
      if (stream.pendingBytes > MOST_PENDING_BYTES) await stream.drained(MOST_PENDING_BYTES);
    }
    return await stream.finish();
  } finally {
    signal?.removeEventListener('abort', leave);
  }
}
