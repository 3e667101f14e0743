/** The bytes of an Ogg Opus file go in, its packets come out (RFC 7845). */
import { audioError } from '../audio-errors.js';
import type { ByteQueue } from '../byte-queue.js';
import type { SoundHead, SoundReader } from '../packet-groups.js';
import { readOggPages } from './ogg-pages.js';
import { OPUS_PREROLL, OPUS_RATE, openOpus, opusSamples } from './opus-codec.js';
import { readOpusHead } from './opus-head.js';

const OGG_OPUS = 'Ogg Opus';

/** @throws AUR_AUDIO_TRUNCATED, AUR_AUDIO_DAMAGED */
export function* readOggOpus(queue: ByteQueue, source: string): SoundReader {
  let head: SoundHead | undefined;
  let isPastTags = false;
  let granuleStart: number | undefined;
  let decoded = 0;
  for (const page of readOggPages(queue, source)) {
    if (!page) {
      yield;
      continue;
    }
    const packets = [...page.packets];
    head ??= headOf(packets.shift(), source);
    if (!isPastTags) isPastTags = packets.shift() !== undefined;
    if (packets.length === 0) continue;
    const samples = packets.reduce((sum, packet) => sum + opusSamples(packet), 0);
    decoded += samples;
    if (granuleStart === undefined) {
      // A recording cut out of a longer one counts from that one's start.
      granuleStart = Math.max(0, page.granule - samples);
      yield { ...head, granuleStart };
    }
    const padding = page.last && page.granule >= 0 ? decoded - (page.granule - granuleStart) : 0;
    yield { kind: 'packets', packets, samples, padding: Math.min(samples, Math.max(0, padding)) };
  }
  if (granuleStart === undefined) throw audioError('AUR_AUDIO_EMPTY', { source });
}

function headOf(packet: Uint8Array | undefined, source: string): SoundHead {
  const opus = readOpusHead(packet ?? new Uint8Array(0), OGG_OPUS, source);
  return {
    kind: 'head',
    format: OGG_OPUS,
    sampleRate: OPUS_RATE,
    channels: opus.channels,
    skip: opus.preSkip,
    preroll: OPUS_PREROLL,
    openCodec: () => openOpus(opus),
  };
}
