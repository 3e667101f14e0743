/** The first packet of an Ogg or WebM Opus file goes in, what the decoder must know comes out (RFC 7845, section 5.1). */
import { audioError } from '../audio-errors.js';

export interface OpusHead {
  channels: number;
  /** Samples at 48 kHz that the decoder needs to settle and that are not part of the recording. */
  preSkip: number;
  /** Factor for the decoded samples. */
  gain: number;
  /** Opus streams, and how many of them hold two channels. */
  streamCount: number;
  coupledStreamCount: number;
  /** The decoded channel that each channel comes from. */
  channelMappingTable: number[];
}

const BYTES = 19;
/** Families of channel mappings: mono and stereo, surround, and channels without positions. */
const [BASIC, SURROUND, DISCRETE] = [0, 1, 255];

/** @param format names the container in errors
 *  @throws AUR_AUDIO_DAMAGED */
export function readOpusHead(packet: Uint8Array, format: string, source: string): OpusHead {
  const damaged = (reason: string) => audioError('AUR_AUDIO_DAMAGED', { source, format, reason });
  if (packet.length < BYTES) throw damaged(`its OpusHead has ${packet.length} bytes, expected ${BYTES} or more`);
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  const channels = packet[9];
  const family = packet[18];
  // Versions of the same upper half only add to what is here.
  if (packet[8] > 15) throw damaged(`its OpusHead is of version ${packet[8]}, expected 0 to 15`);
  if (channels === 0 || (family === BASIC && channels > 2)) throw damaged(`${channels} channels in mapping ${family}`);
  const common = { channels, preSkip: view.getUint16(10, true), gain: 10 ** (view.getInt16(16, true) / 256 / 20) };
  if (family === BASIC)
    return {
      ...common,
      streamCount: 1,
      coupledStreamCount: channels - 1,
      channelMappingTable: [0, 1].slice(0, channels),
    };
  if (family !== SURROUND && family !== DISCRETE) throw damaged(`channel mapping ${family}, expected 0, 1 or 255`);
  if (packet.length < BYTES + 2 + channels) throw damaged('its OpusHead ends within the channel mapping');
  const [streamCount, coupledStreamCount, ...mapping] = packet.subarray(BYTES, BYTES + 2 + channels);
  return { ...common, streamCount, coupledStreamCount, channelMappingTable: mapping };
}
