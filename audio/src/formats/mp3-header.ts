/** The first bytes of an MP3 frame go in, what its header and its Xing, Info or VBRI tag state comes out. */

export interface Mp3Header {
  /** Bytes of the frame. */
  length: number;
  /** Samples a channel. */
  samples: number;
  /** Hz */
  sampleRate: number;
  channels: number;
}

export const MP3_HEADER_BYTES = 4;

/** kbit/s of layer III by index; 0 would be a rate that the header does not state, 15 is forbidden. */
const MPEG1_RATES = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
const MPEG2_RATES = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
const SAMPLE_RATES = [44_100, 48_000, 32_000];
const [MPEG_2_5, MPEG_2, MPEG_1] = [0, 2, 3];
const LAYER_III = 1;
const MONO = 3;

/** @returns undefined where no layer III frame starts at `at` */
export function readMp3Header(bytes: Uint8Array, at = 0): Mp3Header | undefined {
  if (at + MP3_HEADER_BYTES > bytes.length || bytes[at] !== 0xff || bytes[at + 1] < 0xe0) return undefined;
  const version = (bytes[at + 1] >> 3) & 3;
  const layer = (bytes[at + 1] >> 1) & 3;
  const rateIndex = (bytes[at + 2] >> 2) & 3;
  if (layer !== LAYER_III || rateIndex === 3 || ![MPEG_1, MPEG_2, MPEG_2_5].includes(version)) return undefined;
  const isMpeg1 = version === MPEG_1;
  const kilobits = (isMpeg1 ? MPEG1_RATES : MPEG2_RATES)[bytes[at + 2] >> 4];
  if (!kilobits) return undefined;
  const sampleRate = SAMPLE_RATES[rateIndex] / (isMpeg1 ? 1 : version === MPEG_2 ? 2 : 4);
  const samples = isMpeg1 ? 1152 : 576;
  const padding = (bytes[at + 2] >> 1) & 1;
  const length = Math.floor(((samples / 8) * kilobits * 1000) / sampleRate) + padding;
  return { length, samples, sampleRate, channels: bytes[at + 3] >> 6 === MONO ? 1 : 2 };
}

/** Frames of one stream: what a decoder cannot change on the way is the same. */
export const isSameStream = (a: Mp3Header, b: Mp3Header | undefined): boolean =>
  b !== undefined && a.sampleRate === b.sampleRate && a.samples === b.samples && a.channels === b.channels;

/** What the first frame states about the others, instead of sound. */
export interface Mp3Tag {
  /** Of the frames that follow. */
  frames?: number;
  /** Samples that the encoder put before and behind the recording. */
  delay?: number;
  padding?: number;
}

const [HAS_FRAMES, HAS_BYTES, HAS_TABLE, HAS_QUALITY] = [1, 2, 4, 8];

/** @returns undefined for a frame of sound */
export function readMp3Tag(frame: Uint8Array, { samples, channels }: Mp3Header): Mp3Tag | undefined {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  const text = (at: number, length: number) => Buffer.from(frame.subarray(at, at + length)).toString('latin1');
  if (text(36, 4) === 'VBRI' && frame.length >= 54) return { frames: view.getUint32(50) };
  // Behind the side information, whose size follows from version and channels.
  const at = MP3_HEADER_BYTES + (samples === 1152 ? (channels === 1 ? 17 : 32) : channels === 1 ? 9 : 17);
  if (!['Xing', 'Info'].includes(text(at, 4)) || at + 8 > frame.length) return undefined;
  const flags = view.getUint32(at + 4);
  const has = (flag: number, bytes: number) => ((flags & flag) !== 0 ? bytes : 0);
  const encoder = at + 8 + has(HAS_FRAMES, 4) + has(HAS_BYTES, 4) + has(HAS_TABLE, 100) + has(HAS_QUALITY, 4);
  const tag: Mp3Tag = {};
  if (has(HAS_FRAMES, 4) > 0 && at + 12 <= frame.length) tag.frames = view.getUint32(at + 8);
  if (['LAME', 'Lavf', 'Lavc'].includes(text(encoder, 4)) && encoder + 24 <= frame.length) {
    const gaps = view.getUint32(encoder + 20) & 0xff_ff_ff;
    tag.delay = gaps >> 12;
    tag.padding = gaps & 0xfff;
  }
  return tag;
}
