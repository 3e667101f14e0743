/** MP3 frames go in, samples come out. */
import { MPEGDecoder } from 'mpg123-decoder';
import type { Codec } from '../packet-groups.js';

export async function openMp3(channels: number): Promise<Codec> {
  // What precedes and follows the recording is cut by those who read the file.
  const decoder = new MPEGDecoder({ enableGapless: false });
  await decoder.ready;
  return {
    decode(frames) {
      const { channelData, errors } = decoder.decodeFrames([...frames]);
      if (errors.length > 0) throw new Error(errors[0].message);
      // It gives a single channel twice.
      return channelData.slice(0, channels);
    },
  };
}
