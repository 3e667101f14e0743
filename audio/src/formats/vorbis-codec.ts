/** Vorbis packets go in, samples come out. */
import { type OggVorbisDecodedAudio, OggVorbisDecoder } from '@wasm-audio-decoders/ogg-vorbis';
import type { Codec } from '../packet-groups.js';
import type { VorbisHeaders } from './vorbis-headers.js';

/** What stands behind the library's own Ogg parser: that one loses packets that lie on two pages. */
interface PacketDecoder {
  sendSetupHeader(packet: Uint8Array): void;
  initDsp(): void;
  decodePackets(packets: readonly Uint8Array[]): OggVorbisDecodedAudio;
}

export async function openVorbis({ identification, setup }: VorbisHeaders): Promise<Codec> {
  const library = new OggVorbisDecoder();
  await library.ready;
  const decoder = (library as unknown as { _decoder: PacketDecoder })._decoder;
  decoder.sendSetupHeader(identification);
  decoder.sendSetupHeader(setup);
  decoder.initDsp();
  return {
    decode(packets) {
      const { channelData, errors } = decoder.decodePackets(packets);
      if (errors.length > 0) throw new Error(errors[0].message);
      return channelData;
    },
  };
}
