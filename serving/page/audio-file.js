/** A recording in any format that the browser reads goes in, its mono samples come out. */

/** Rate that the browser is asked for, Hz: what speech models hear. */
const RATE = 16_000;

/** @param {File} file
 *  @returns {Promise<{ samples: Float32Array, sampleRate: number }>} */
export async function readAudioFile(file) {
  const context = new OfflineAudioContext(1, 1, RATE);
  let audio;
  try {
    audio = await context.decodeAudioData(await file.arrayBuffer());
  } catch {
    throw new Error(`${file.name} is no audio that this browser can read.`);
  }
  const samples = new Float32Array(audio.length);
  for (let c = 0; c < audio.numberOfChannels; c++)
    audio.getChannelData(c).forEach((x, i) => {
      samples[i] += x / audio.numberOfChannels;
    });
  return { samples, sampleRate: audio.sampleRate };
}
