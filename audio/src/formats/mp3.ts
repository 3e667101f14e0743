/** The bytes of an MP3 file go in, its frames come out, without the tags and other bytes around them. */
import { audioError } from '../audio-errors.js';
import { type ByteQueue, bytesThere, type Starved, skipBytes } from '../byte-queue.js';
import type { SoundReader } from '../packet-groups.js';
import { openMp3 } from './mp3-codec.js';
import { isSameStream, MP3_HEADER_BYTES, type Mp3Header, readMp3Header, readMp3Tag } from './mp3-header.js';

const MP3 = 'MP3';

/** Bytes before the first frame that are searched for it. */
const MOST_JUNK_BYTES = 64 * 1024;
const ID3_HEADER_BYTES = 10;
const ID3V1_BYTES = 128;
const APE_HEADER_BYTES = 32;
/** What any decoder adds to an encoder's delay (its filter bank's). */
const DECODER_DELAY = 529;
/** A frame may use bits of up to 511 bytes before it, which the shortest kind of frame fills at 11 a frame, and overlaps with one. */
const PREROLL = 48;

/** Steps over ID3v2 tags.
 *  @returns false where the input ends within one */
export function* skipId3(queue: ByteQueue): Generator<Starved, boolean> {
  for (;;) {
    if (!(yield* bytesThere(queue, 3)) || !startsWith(queue, 'ID3')) return true;
    if (!(yield* bytesThere(queue, ID3_HEADER_BYTES))) return false;
    const header = queue.peek(ID3_HEADER_BYTES);
    // 28 bits, seven to a byte; a flag announces a footer.
    const size = header.subarray(6).reduce((value, byte) => (value << 7) | (byte & 127), 0);
    const footer = (header[5] & 16) === 0 ? 0 : ID3_HEADER_BYTES;
    if (!(yield* skipBytes(queue, ID3_HEADER_BYTES + size + footer))) return false;
  }
}

/** Bytes before the first frame.
 *  @returns undefined where there is none among the first 64 KiB */
export function* findMp3(queue: ByteQueue): Generator<Starved, number | undefined> {
  for (let at = 0; at < MOST_JUNK_BYTES; at++) {
    if (!(yield* bytesThere(queue, at + MP3_HEADER_BYTES))) return undefined;
    const header = readMp3Header(queue.peek(at + MP3_HEADER_BYTES), at);
    if (header && (yield* isFollowed(queue, at, header))) return at;
  }
  return undefined;
}

/** True where two frames of the same kind follow, or the end: bytes that are no frame look like one by chance. */
function* isFollowed(queue: ByteQueue, first: number, header: Mp3Header): Generator<Starved, boolean> {
  let at = first + header.length;
  for (let frames = 1; frames < 3; frames++) {
    if (!(yield* bytesThere(queue, at + MP3_HEADER_BYTES))) return first === 0 || frames > 1;
    const next = readMp3Header(queue.peek(at + MP3_HEADER_BYTES), at);
    if (!next || !isSameStream(header, next)) return false;
    at += next.length;
  }
  return true;
}

/** @throws AUR_AUDIO_TRUNCATED where a frame is cut or fewer are there than the first one states, AUR_AUDIO_DAMAGED where
 *  something else stands between frames or they change their kind */
export function* readMp3(queue: ByteQueue, source: string): SoundReader {
  if (!(yield* skipId3(queue))) throw truncated(source, 'it ends within an ID3 tag');
  queue.take((yield* findMp3(queue)) ?? 0);
  const first = yield* nextFrame(queue, { index: 0, promised: 0 }, source);
  const header = first && readMp3Header(first);
  if (!header) throw audioError('AUR_AUDIO_EMPTY', { source });
  const { sampleRate, channels, samples } = header;
  const tag = readMp3Tag(first, header);
  const promised = tag?.frames ?? 0;
  const skip = tag?.delay === undefined ? 0 : tag.delay + DECODER_DELAY;
  // The decoder's delay is taken from the encoder's padding.
  const padding = Math.max(0, (tag?.padding ?? 0) - DECODER_DELAY);
  const end = promised * samples - padding;
  yield {
    kind: 'head',
    format: MP3,
    sampleRate,
    channels,
    skip,
    total: promised > 0 ? Math.max(0, end - skip) : undefined,
    preroll: PREROLL,
    openCodec: () => openMp3(channels),
  };
  let frame = tag ? yield* nextFrame(queue, { index: 0, promised, like: header }, source) : first;
  let index = 0;
  while (frame) {
    // What follows the frames promised is another recording, put behind this one.
    const beyond = index < promised ? (index + 1) * samples - end : 0;
    yield { kind: 'packets', packets: [frame], samples, padding: Math.min(samples, Math.max(0, beyond)) };
    index++;
    frame = yield* nextFrame(queue, { index, promised, like: header }, source);
  }
  // Some encoders count the frame of the tag too.
  if (index < promised - 1) throw truncated(source, `${index} of ${promised} MP3 frames are there`);
}

const truncated = (source: string, reason: string) => audioError('AUR_AUDIO_TRUNCATED', { source, reason });

interface Place {
  /** Frames of sound before it, and how many the file states. */
  index: number;
  promised: number;
  like?: Mp3Header;
}

/** @returns undefined at the end */
function* nextFrame(
  queue: ByteQueue,
  { index, promised, like }: Place,
  source: string,
): Generator<Starved, Uint8Array | undefined> {
  if (!(yield* skipTags(queue))) throw truncated(source, 'it ends within a tag');
  if (!(yield* bytesThere(queue, 1))) return undefined;
  const isWhole = yield* bytesThere(queue, MP3_HEADER_BYTES);
  const header = readMp3Header(queue.peek(MP3_HEADER_BYTES));
  const isOver = promised > 0 && index >= promised;
  if (!header || (like && !isSameStream(like, header))) {
    // Behind the last frame anything may stand.
    if (isOver) return undefined;
    if (!isWhole) throw truncated(source, `MP3 frame ${index} is not whole`);
    const reason = header
      ? `the frame at byte ${queue.position} has ${header.channels} channels at ${header.sampleRate} Hz, the first ${like?.channels} at ${like?.sampleRate}`
      : `no frame at byte ${queue.position}`;
    throw audioError('AUR_AUDIO_DAMAGED', { source, format: MP3, reason });
  }
  if (!(yield* bytesThere(queue, header.length))) throw truncated(source, `MP3 frame ${index} is not whole`);
  return queue.take(header.length);
}

/** Steps over tags of any kind.
 *  @returns false where the input ends within one */
function* skipTags(queue: ByteQueue): Generator<Starved, boolean> {
  for (;;) {
    yield* bytesThere(queue, 1);
    if (startsWith(queue, '\xff')) return true;
    yield* bytesThere(queue, APE_HEADER_BYTES);
    let size: number;
    if (startsWith(queue, 'TAG')) size = ID3V1_BYTES;
    else if (startsWith(queue, 'APETAGEX')) size = apeTagBytes(queue.peek(APE_HEADER_BYTES));
    else if (startsWith(queue, 'ID3')) {
      if (!(yield* skipId3(queue))) return false;
      continue;
    } else return true;
    if (!(yield* skipBytes(queue, size))) return false;
  }
}

/** An APE tag states the size of its entries and its footer; where that comes first, they lie before it. */
function apeTagBytes(header: Uint8Array): number {
  if (header.length < APE_HEADER_BYTES) return APE_HEADER_BYTES;
  const view = new DataView(header.buffer, header.byteOffset, header.length);
  const isHeader = (view.getUint32(20, true) & (1 << 29)) !== 0;
  return APE_HEADER_BYTES + (isHeader ? view.getUint32(12, true) : 0);
}

const startsWith = (queue: ByteQueue, text: string) => Buffer.from(queue.peek(text.length)).toString('latin1') === text;
