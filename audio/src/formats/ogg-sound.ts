/** The bytes of an Ogg file of one codec go in, its packets come out: also of streams that follow each other ("chained"), as one recording. */
import { audioError } from '../audio-errors.js';
import type { ByteQueue } from '../byte-queue.js';
import type { SoundHead, SoundReader } from '../packet-groups.js';
import { type OggPage, readOggPages } from './ogg-pages.js';

export interface OggCodec {
  /** As errors name it. */
  format: string;
  /** What the first packet starts with. */
  magic: string;
  /** Packets before the sound. */
  headers: number;
  /** Stands for nothing, wherever it is. */
  isNothing?(packet: Uint8Array): boolean;
  /** @throws AUR_AUDIO_DAMAGED */
  open(headers: readonly Uint8Array[], source: string): OggStream;
}

export interface OggStream {
  /** Samples a channel that the next packets decode to. */
  samplesOf(packets: readonly Uint8Array[]): number;
  /** @param start what granule positions count from; below 0 where the recording starts within the first page */
  headAt(start: number): StreamHead;
}

export interface StreamHead extends Omit<SoundHead, 'kind' | 'format' | 'granules'> {
  granuleStart: number;
}

/** Each costs a decoder. No broadcast of a day changes its titles more often. */
const MOST_STREAMS = 1000;

/** @throws AUR_AUDIO_TRUNCATED, AUR_AUDIO_DAMAGED, AUR_AUDIO_EMPTY, AUR_AUDIO_ENCODING where a further stream has another codec, rate or
 *  number of channels */
export function* readOggSound(queue: ByteQueue, source: string, codec: OggCodec): SoundReader {
  const { format } = codec;
  let streams = 0;
  let headers: Uint8Array[] = [];
  let stream: OggStream | undefined;
  let recording: SoundHead | undefined;
  let granuleStart: number | undefined;
  let decoded = 0;
  for (const page of readOggPages(queue, source)) {
    if (!page) {
      yield;
      continue;
    }
    if (page.first) {
      [headers, stream, granuleStart, decoded] = [[], undefined, undefined, 0];
      if (++streams > MOST_STREAMS)
        throw audioError('AUR_AUDIO_DAMAGED', { source, format, reason: `it has more than ${MOST_STREAMS} streams` });
    }
    const packets = codec.isNothing ? page.packets.filter((packet) => !codec.isNothing!(packet)) : [...page.packets];
    headers.push(...packets.splice(0, codec.headers - headers.length));
    if (headers.length > 0) checkMagic(headers[0], codec, source);
    if (headers.length < codec.headers || packets.length === 0) continue;
    stream ??= codec.open(headers, source);
    const samples = stream.samplesOf(packets);
    decoded += samples;
    if (granuleStart === undefined) {
      const { granuleStart: start, ...known } = stream.headAt(startOf(page, samples));
      const head: SoundHead = { kind: 'head', format, ...known, granules: { start, serial: page.serial } };
      if (recording) checkAlike(recording, head, source);
      recording ??= head;
      granuleStart = start;
      yield head;
    }
    const padding = page.last && page.granule >= 0 ? decoded - (page.granule - granuleStart) : 0;
    yield { kind: 'packets', packets, samples, padding: Math.min(samples, Math.max(0, padding)) };
  }
  if (!recording) throw audioError('AUR_AUDIO_EMPTY', { source });
}

/** Above 0 the stream was cut out of a longer one, and counts from that one's start. On a last page the granule position may be less than
 *  what was decoded: the end is cut off, not the beginning. */
function startOf(page: OggPage, samples: number): number {
  const start = page.granule - samples;
  return page.last || page.granule === -1 ? Math.max(0, start) : start;
}

function checkMagic(packet: Uint8Array, { format, magic }: OggCodec, source: string): void {
  const start = Buffer.from(packet.subarray(0, magic.length)).toString('latin1');
  if (start === magic) return;
  const seen = `a stream that starts with ${JSON.stringify(start)}`;
  throw audioError('AUR_AUDIO_ENCODING', { source, format, seen, expected: `"${magic}", as the first does` });
}

function checkAlike(recording: SoundHead, head: SoundHead, source: string): void {
  const { format, channels, sampleRate } = recording;
  if (head.channels === channels && head.sampleRate === sampleRate) return;
  const seen = `a stream of ${head.channels} channels at ${head.sampleRate} Hz`;
  const expected = `${channels} at ${sampleRate} Hz, as in the first`;
  throw audioError('AUR_AUDIO_ENCODING', { source, format, seen, expected });
}
