/** The bytes of an Ogg Opus file go in, mono samples at 48 kHz come out. */
import { OpusDecoder } from 'opus-decoder';
import { audioError } from './audio-errors.js';
import { inTurn } from './in-turn.js';
import { mixDown, type Pcm } from './mix-down.js';
import { oggPackets } from './ogg-pages.js';
import { type OpusHead, readOpusHead } from './opus-head.js';

/** Hz, whatever the encoder was given. */
const SAMPLE_RATE = 48_000;
/** OpusHead and OpusTags */
const HEADERS = 2;
/** Each file has a decoder with WebAssembly memory of its own: no more than one at a time. */
const inDecoder = inTurn();

/** The packets are found here and not by a library's Ogg parser: that one loses packets that lie on two pages and files
 *  whose tags do, as those with a picture.
 *  @throws AUR_AUDIO_TRUNCATED, AUR_AUDIO_DAMAGED */
export async function decodeOpus(bytes: Uint8Array, source: string): Promise<Pcm> {
  const { packets, granule } = oggPackets(bytes, source);
  const head = readOpusHead(packets[0], source);
  const channels = await inDecoder(() => decode(packets.slice(HEADERS), head, source));
  // The last packet is longer than the recording; one cut out of a longer stream counts from that one's start.
  const samples = mixDown(channels, Math.min(Math.max(0, granule - head.preSkip), channels[0].length), head.gain);
  return { samples, sampleRate: SAMPLE_RATE };
}

async function decode(packets: Uint8Array[], head: OpusHead, source: string): Promise<Float32Array[]> {
  const decoder = new OpusDecoder({ ...head, sampleRate: SAMPLE_RATE });
  try {
    await decoder.ready;
    const { channelData, errors } = decoder.decodeFrames(packets);
    if (errors.length > 0) throw new Error(errors[0].message);
    return channelData;
  } catch (cause) {
    throw audioError('AUR_AUDIO_DAMAGED', { source, format: 'Ogg Opus', reason: (cause as Error).message }, { cause });
  }
}
