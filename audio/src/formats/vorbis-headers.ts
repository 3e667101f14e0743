/** The three packets that open a Vorbis stream go in, what is needed to count samples and to decode comes out (Vorbis I, section 4.2). */
import { audioError } from '../audio-errors.js';

export interface VorbisHeaders {
  /** Hz */
  sampleRate: number;
  channels: number;
  identification: Uint8Array;
  setup: Uint8Array;
  /** Samples of each mode's block. */
  modeBlocks: number[];
}

const IDENTIFICATION_BYTES = 30;
/** Bits of a mode: block flag, window type, transform type, mapping. */
const MODE_BITS = 1 + 16 + 16 + 8;
const MOST_MODES = 64;

/** @throws AUR_AUDIO_DAMAGED */
export function readVorbisHeaders([identification, , setup]: readonly Uint8Array[], source: string): VorbisHeaders {
  const damaged = (reason: string) => audioError('AUR_AUDIO_DAMAGED', { source, format: 'Ogg Vorbis', reason });
  if (!isHeader(identification, 1) || identification.length < IDENTIFICATION_BYTES)
    throw damaged('its first packet is no identification header');
  if (!isHeader(setup, 5)) throw damaged('its third packet is no set-up header');
  const view = new DataView(identification.buffer, identification.byteOffset, identification.length);
  const version = view.getUint32(7, true);
  const channels = identification[11];
  const sampleRate = view.getUint32(12, true);
  const [short, long] = [2 ** (identification[28] & 15), 2 ** (identification[28] >> 4)];
  if (version !== 0) throw damaged(`it is of version ${version}, expected 0`);
  if (channels === 0 || sampleRate === 0) throw damaged(`${channels} channels at ${sampleRate} Hz`);
  if (short < 64 || long > 8192 || short > long) throw damaged(`blocks of ${short} and ${long} samples`);
  const flags = readModes(setup);
  if (!flags) throw damaged('its set-up header has no modes');
  return { sampleRate, channels, identification, setup, modeBlocks: flags.map((flag) => (flag ? long : short)) };
}

/** Samples of the packet's block; 0 where the packet holds no sound. */
export function vorbisBlock({ modeBlocks }: VorbisHeaders, packet: Uint8Array): number {
  if (packet.length === 0 || (packet[0] & 1) !== 0) return 0;
  const modeBits = 32 - Math.clz32(modeBlocks.length - 1);
  return modeBlocks[(packet[0] >> 1) & (2 ** modeBits - 1)] ?? 0;
}

function isHeader(packet: Uint8Array, type: number): boolean {
  return packet[0] === type && Buffer.from(packet.subarray(1, 7)).toString('latin1') === 'vorbis';
}

/** The block flag of each mode. They end the packet, where alone they can be found without taking its codebooks apart: read
 *  backwards, as long as what is read can be a mode, the count that precedes them is the last that fits. */
function readModes(setup: Uint8Array): boolean[] | undefined {
  const bits = new BackwardBits(setup);
  // The framing bit; zeros pad the last byte.
  while (bits.left > 0 && bits.read(1) === 0);
  const backwards: boolean[] = [];
  let count = 0;
  while (bits.left >= MODE_BITS + 6 && backwards.length < MOST_MODES) {
    const [mapping, transform, window] = [bits.read(8), bits.read(16), bits.read(16)];
    if (mapping > 63 || transform !== 0 || window !== 0) break;
    backwards.push(bits.read(1) === 1);
    if (bits.peek(6) + 1 === backwards.length) count = backwards.length;
  }
  return count === 0 ? undefined : backwards.slice(0, count).reverse();
}

/** Vorbis packs bits from the lowest on: from the packet's end back, each value comes with its highest bit first. */
class BackwardBits {
  private at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  get left(): number {
    return 8 * this.bytes.length - this.at;
  }

  peek(count: number): number {
    let value = 0;
    for (let i = this.at; i < this.at + count; i++)
      value = 2 * value + ((this.bytes[this.bytes.length - 1 - (i >> 3)] >> (7 - (i & 7))) & 1);
    return value;
  }

  read(count: number): number {
    const value = this.peek(count);
    this.at += count;
    return value;
  }
}
