/** The bytes of an Ogg Vorbis file go in, its packets come out. */
import { audioError } from '../audio-errors.js';
import type { ByteQueue } from '../byte-queue.js';
import type { SoundHead, SoundReader } from '../packet-groups.js';
import { readOggPages } from './ogg-pages.js';
import { openVorbis } from './vorbis-codec.js';
import { readVorbisHeaders, type VorbisHeaders, vorbisBlock } from './vorbis-headers.js';

const OGG_VORBIS = 'Ogg Vorbis';
/** Identification, comments and set-up. */
const HEADERS = 3;

/** @throws AUR_AUDIO_TRUNCATED, AUR_AUDIO_DAMAGED */
export function* readOggVorbis(queue: ByteQueue, source: string): SoundReader {
  const headers: Uint8Array[] = [];
  let vorbis: VorbisHeaders | undefined;
  let block = 0;
  let granuleStart: number | undefined;
  let decoded = 0;
  for (const page of readOggPages(queue, source)) {
    if (!page) {
      yield;
      continue;
    }
    // An empty packet stands for nothing.
    const packets = page.packets.filter((packet) => packet.length > 0);
    headers.push(...packets.splice(0, HEADERS - headers.length));
    if (headers.length < HEADERS || packets.length === 0) continue;
    vorbis ??= readVorbisHeaders(headers, source);
    let samples = 0;
    for (const packet of packets) {
      const next = vorbisBlock(vorbis, packet);
      // Halves of neighbours' windows overlap; the first has none before it.
      if (block > 0) samples += (block + next) / 4;
      block = next;
    }
    decoded += samples;
    if (granuleStart === undefined) {
      // Below 0 the recording starts within the page; above, it was cut out of a longer one.
      granuleStart = page.granule - samples;
      if (page.last || page.granule === -1) granuleStart = Math.max(0, granuleStart);
      yield headOf(vorbis, granuleStart);
    }
    const padding = page.last && page.granule >= 0 ? decoded - (page.granule - granuleStart) : 0;
    yield { kind: 'packets', packets, samples, padding: Math.min(samples, Math.max(0, padding)) };
  }
  if (granuleStart === undefined) throw audioError('AUR_AUDIO_EMPTY', { source });
}

function headOf(vorbis: VorbisHeaders, granuleStart: number): SoundHead {
  return {
    kind: 'head',
    format: OGG_VORBIS,
    sampleRate: vorbis.sampleRate,
    channels: vorbis.channels,
    skip: Math.max(0, -granuleStart),
    granuleStart,
    // The first packet gives no samples, only the half of a window that the next one overlaps.
    preroll: 1,
    openCodec: () => openVorbis(vorbis),
  };
}
