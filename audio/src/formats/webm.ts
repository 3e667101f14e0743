/** The bytes of a WebM or Matroska file go in, the packets of its first Opus track come out: also of a live stream, as a browser's
 *  MediaRecorder makes it, whose elements have no known sizes. */
import { audioError } from '../audio-errors.js';
import { type ByteQueue, bytesThere, type Starved, skipBytes } from '../byte-queue.js';
import type { PacketGroup, SoundHead, SoundReader } from '../packet-groups.js';
import {
  type Element,
  type ElementHeader,
  readElementHeader,
  readElements,
  readInt,
  readUint,
  readVint,
  vintLength,
} from './ebml.js';
import { OPUS_RATE, opusSamples, opusTrack } from './opus-codec.js';
import { readOpusHead } from './opus-head.js';

const WEBM_OPUS = 'WebM Opus';

/** Of Matroska's elements those that lead to the sound (RFC 9559). */
const ID = {
  segment: 0x18538067,
  cluster: 0x1f43b675,
  tracks: 0x1654ae6b,
  trackEntry: 0xae,
  trackNumber: 0xd7,
  codecId: 0x86,
  codecPrivate: 0x63a2,
  contentEncodings: 0x6d80,
  blockGroup: 0xa0,
  block: 0xa1,
  discardPadding: 0x75a2,
  simpleBlock: 0xa3,
} as const;

/** An element that is read whole is no longer: this many packets of the longest kind in one block. */
const MOST_ELEMENT_BYTES = 1 << 20;
/** Up to the end of the track number of the first block in a group: the block's id and size, and the number. */
const MOST_BLOCK_START_BYTES = 1 + 8 + 8;

interface Track {
  number: number;
  head: SoundHead;
}

/** @throws AUR_AUDIO_TRUNCATED where it ends within an element or before any sound, AUR_AUDIO_DAMAGED, AUR_AUDIO_ENCODING where it
 *  has no Opus track */
export function* readWebm(queue: ByteQueue, source: string): SoundReader {
  const damaged = (reason: string) => audioError('AUR_AUDIO_DAMAGED', { source, format: WEBM_OPUS, reason });
  const truncated = (reason: string) => audioError('AUR_AUDIO_TRUNCATED', { source, reason });
  let track: Track | undefined;
  let segmentEnd: number | undefined;
  let hasSound = false;
  while (queue.position !== segmentEnd && (yield* bytesThere(queue, 1))) {
    const { position } = queue;
    const cut = () => truncated(`the WebM element at byte ${position} is not whole`);
    const element = yield* readElementHeader(queue);
    if (element === 'cut') throw cut();
    if (element === 'no element') throw damaged(`no element at byte ${position}`);
    const { id, size } = element;
    if (id === ID.segment && size !== undefined) segmentEnd = queue.position + size;
    if (id === ID.segment || id === ID.cluster) continue;
    if (size === undefined) throw damaged(`the element at byte ${position} has no size`);
    const isSound =
      (id === ID.simpleBlock || id === ID.blockGroup) && (yield* isOfTrack(queue, element, track?.number));
    if (id !== ID.tracks && !isSound) {
      if (!(yield* skipBytes(queue, size))) throw cut();
      continue;
    }
    if (size > MOST_ELEMENT_BYTES)
      throw damaged(`the element at byte ${position} claims ${size} bytes, expected at most ${MOST_ELEMENT_BYTES}`);
    if (!(yield* bytesThere(queue, size))) throw cut();
    const content = queue.take(size);
    if (id === ID.tracks) {
      if (track) throw damaged(`further tracks at byte ${position}`);
      track = findTrack(content, source);
      yield track.head;
      continue;
    }
    const group = id === ID.simpleBlock ? readBlock(content) : readBlockGroup(content, track?.number);
    if (group === 'another track') continue;
    if (!group) throw damaged(`the block at byte ${position} contradicts itself`);
    yield group;
    hasSound = true;
  }
  if (segmentEnd !== undefined && queue.position < segmentEnd)
    throw truncated(`its WebM segment claims ${segmentEnd - queue.position} bytes more`);
  if (!hasSound) throw track ? audioError('AUR_AUDIO_EMPTY', { source }) : truncated('it has no WebM tracks');
}

/** Peeks at the track number with which a block, or the first block of a group, starts. */
function* isOfTrack(
  queue: ByteQueue,
  { id, size = 0 }: ElementHeader,
  track: number | undefined,
): Generator<Starved, boolean> {
  const needed = Math.min(size, MOST_BLOCK_START_BYTES);
  yield* bytesThere(queue, needed);
  let start = queue.peek(needed);
  if (id === ID.blockGroup) {
    // Where it starts with anything else, it must be read whole.
    if (start[0] !== ID.block) return track !== undefined;
    start = start.subarray(1 + vintLength(start[1] ?? 0));
  }
  return track !== undefined && trackOf(start) === track;
}

const trackOf = (block: Uint8Array) => readVint(block.subarray(0, vintLength(block[0] ?? 0)));

function findTrack(content: Uint8Array, source: string): Track {
  const unread = (seen: string) =>
    audioError('AUR_AUDIO_ENCODING', { source, format: 'WebM', seen, expected: 'an Opus track (A_OPUS)' });
  const codecs: string[] = [];
  for (const entry of readElements(content) ?? []) {
    if (entry.id !== ID.trackEntry) continue;
    const fields = new Map(readElements(entry.content)?.map(({ id, content }) => [id, content]));
    const codec = Buffer.from(fields.get(ID.codecId) ?? []).toString('latin1');
    codecs.push(codec);
    if (codec !== 'A_OPUS') continue;
    if (fields.has(ID.contentEncodings)) throw unread('an encrypted or compressed A_OPUS');
    const opus = readOpusHead(fields.get(ID.codecPrivate) ?? new Uint8Array(0), WEBM_OPUS, source);
    const head: SoundHead = { kind: 'head', format: WEBM_OPUS, ...opusTrack(opus) };
    return { number: readUint(fields.get(ID.trackNumber) ?? new Uint8Array(0)), head };
  }
  throw unread(codecs.length === 0 ? 'no tracks' : codecs.join(', '));
}

/** A block and what may stand beside it. */
function readBlockGroup(content: Uint8Array, track: number | undefined): PacketGroup | 'another track' | undefined {
  const elements: readonly Element[] = readElements(content) ?? [];
  const block = elements.find(({ id }) => id === ID.block);
  if (block && trackOf(block.content) !== track) return 'another track';
  const group = block && readBlock(block.content);
  const discard = elements.find(({ id }) => id === ID.discardPadding);
  if (!group || !discard) return group;
  const nanoseconds = readInt(discard.content);
  const padding = Math.round((nanoseconds * OPUS_RATE) / 1e9);
  return { ...group, padding: Math.min(group.samples, Math.max(0, padding)) };
}

function readBlock(block: Uint8Array): PacketGroup | undefined {
  const header = vintLength(block[0] ?? 0) + 3;
  if (header > block.length) return undefined;
  const packets = cutLaces(block.subarray(header), (block[header - 1] >> 1) & 3);
  return (
    packets && { kind: 'packets', packets, samples: packets.reduce((sum, p) => sum + opusSamples(p), 0), padding: 0 }
  );
}

/** The packets of a block (RFC 9559, section 10.3): lacing 1 gives their sizes as Xiph does, 2 has them all of a size, 3 gives
 *  the first size and differences. */
function cutLaces(laces: Uint8Array, lacing: number): Uint8Array[] | undefined {
  if (lacing === 0) return [laces];
  const count = (laces[0] ?? 0) + 1;
  let at = 1;
  const sizes: number[] = [];
  for (let i = 1; i < count && lacing !== 2; i++) {
    let size = 0;
    if (lacing === 1) {
      while (laces[at] === 255) size += laces[at++];
      size += laces[at++] ?? 0;
    } else {
      const bytes = vintLength(laces[at] ?? 0);
      const value = readVint(laces.subarray(at, at + bytes)) ?? 0;
      at += bytes;
      // Differences are stored shifted, so that they are not negative.
      size = i === 1 ? value : sizes[i - 2] + value - (2 ** (7 * bytes - 1) - 1);
    }
    sizes.push(size);
  }
  const left = laces.length - at;
  if (lacing === 2) {
    if (left % count !== 0) return undefined;
    sizes.push(...new Array<number>(count - 1).fill(left / count));
  }
  sizes.push(left - sizes.reduce((sum, size) => sum + size, 0));
  if (at > laces.length || sizes.some((size) => size < 0)) return undefined;
  return sizes.map((size) => {
    at += size;
    return laces.subarray(at - size, at);
  });
}
