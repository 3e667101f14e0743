/** The bytes of an Ogg Vorbis file go in, its packets come out. */
import type { ByteQueue } from '../byte-queue.js';
import type { SoundReader } from '../packet-groups.js';
import { type OggCodec, readOggSound } from './ogg-sound.js';
import { openVorbis } from './vorbis-codec.js';
import { readVorbisHeaders, vorbisBlock } from './vorbis-headers.js';

const OGG_VORBIS: OggCodec = {
  format: 'Ogg Vorbis',
  magic: '\x01vorbis',
  // Identification, comments and set-up.
  headers: 3,
  isNothing: (packet) => packet.length === 0,
  open(headers, source) {
    const vorbis = readVorbisHeaders(headers, source);
    let block = 0;
    return {
      samplesOf(packets) {
        let samples = 0;
        for (const packet of packets) {
          const next = vorbisBlock(vorbis, packet);
          // Halves of neighbours' windows overlap; the first has none before it.
          if (block > 0) samples += (block + next) / 4;
          block = next;
        }
        return samples;
      },
      headAt: (start) => ({
        sampleRate: vorbis.sampleRate,
        channels: vorbis.channels,
        skip: Math.max(0, -start),
        // The first packet gives no samples, only the half of a window that the next one overlaps.
        preroll: 1,
        openCodec: () => openVorbis(vorbis),
        granuleStart: start,
      }),
    };
  },
};

/** @throws as `readOggSound` */
export const readOggVorbis = (queue: ByteQueue, source: string): SoundReader => readOggSound(queue, source, OGG_VORBIS);
