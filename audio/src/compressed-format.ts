/** The first bytes of a compressed recording go in, the reader of its format comes out. */
import { audioError } from './audio-errors.js';
import { type ByteQueue, bytesThere, type Starved } from './byte-queue.js';
import { readFlac } from './formats/flac-frames.js';
import { findMp3, readMp3, skipId3 } from './formats/mp3.js';
import { readOggOpus } from './formats/ogg-opus.js';
import { readOggVorbis } from './formats/ogg-vorbis.js';
import { readWebm } from './formats/webm.js';
import type { SoundReader } from './packet-groups.js';

type OpenReader = (queue: ByteQueue, source: string) => SoundReader;

interface Format {
  magic: string;
  /** A first page of Ogg has one packet, which names its codec, behind a header of 27 bytes and a table of one. */
  codec?: string;
  read: OpenReader;
}

const FORMATS: readonly Format[] = [
  { magic: 'fLaC', read: readFlac },
  { magic: 'OggS', codec: 'OpusHead', read: readOggOpus },
  { magic: 'OggS', codec: '\x01vorbis', read: readOggVorbis },
  { magic: '\x1a\x45\xdf\xa3', read: readWebm },
];
const CODEC_AT = 28;
/** Whatever the format, its header is longer. */
const FEWEST_BYTES = 36;

/** Reads whatever compressed format it is: told apart by its content, behind ID3 tags.
 *  @throws AUR_AUDIO_UNKNOWN_FORMAT, AUR_AUDIO_TRUNCATED where too little is there to tell, and as the format's own reader */
export function* readCompressed(queue: ByteQueue, source: string): SoundReader {
  if (!(yield* bytesThere(queue, 1))) throw audioError('AUR_AUDIO_EMPTY', { source });
  if (!(yield* skipId3(queue)))
    throw audioError('AUR_AUDIO_TRUNCATED', { source, reason: 'it ends within an ID3 tag' });
  const read = yield* findReader(queue, source);
  yield* read(queue, source);
}

function* findReader(queue: ByteQueue, source: string): Generator<Starved, OpenReader> {
  const isLong = yield* bytesThere(queue, FEWEST_BYTES);
  const start = Buffer.from(queue.peek(FEWEST_BYTES)).toString('latin1');
  const alike = FORMATS.filter(({ magic }) => start.startsWith(magic));
  const found = alike.find(({ codec = '' }) => start.startsWith(codec, CODEC_AT));
  if (found) return found.read;
  // What has another format's magic is not searched for frames.
  if (alike.length === 0 && (yield* findMp3(queue)) !== undefined) return readMp3;
  const isBegun = [...FORMATS.map(({ magic }) => magic), 'ID3'].some((magic) => magic.startsWith(start));
  const where = queue.position === 0 ? 'it has' : 'behind an ID3 tag it has';
  if (!isLong && (alike.length > 0 || isBegun || /^\xff.{0,2}$/s.test(start)))
    throw audioError('AUR_AUDIO_TRUNCATED', { source, reason: `${where} ${start.length} bytes` });
  throw audioError('AUR_AUDIO_UNKNOWN_FORMAT', { source, start: JSON.stringify(start.slice(0, 4)) });
}
