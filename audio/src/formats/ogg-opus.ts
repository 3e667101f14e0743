/** The bytes of an Ogg Opus file go in, its packets come out (RFC 7845). */
import type { ByteQueue } from '../byte-queue.js';
import type { SoundReader } from '../packet-groups.js';
import { type OggCodec, readOggSound } from './ogg-sound.js';
import { opusSamples, opusTrack } from './opus-codec.js';
import { readOpusHead } from './opus-head.js';

const OGG_OPUS: OggCodec = {
  format: 'Ogg Opus',
  magic: 'OpusHead',
  // And tags.
  headers: 2,
  open([head], source) {
    const track = opusTrack(readOpusHead(head, 'Ogg Opus', source));
    return {
      samplesOf: (packets) => packets.reduce((sum, packet) => sum + opusSamples(packet), 0),
      headAt: (start) => ({ ...track, granuleStart: Math.max(0, start) }),
    };
  },
};

/** @throws as `readOggSound` */
export const readOggOpus = (queue: ByteQueue, source: string): SoundReader => readOggSound(queue, source, OGG_OPUS);
