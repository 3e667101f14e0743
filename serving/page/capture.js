/** The microphone goes in, packets of 20 ms of mono audio come out. */

const PACKET_MS = 20;

/** Raw sound: what browsers do to speech for the ears of a caller takes away from what a recogniser hears. */
const RAW = { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false };

/** @param {(samples: Float32Array) => void} onPacket
 *  @returns {Promise<{ sampleRate: number, delayMs: number, close: () => void }>} delayMs: from sound to packet */
export async function openMicrophone(onPacket) {
  if (!navigator.mediaDevices) throw new Error('A browser gives the microphone only to https:// and localhost pages.');
  const media = await navigator.mediaDevices.getUserMedia({ audio: RAW });
  const context = new AudioContext();
  const close = () => {
    for (const track of media.getTracks()) track.stop();
    context.close();
  };
  try {
    await context.audioWorklet.addModule('audio-worklet.js');
    const packets = new AudioWorkletNode(context, 'packets', { numberOfOutputs: 0 });
    packets.port.onmessage = ({ data }) => onPacket(data);
    context.createMediaStreamSource(media).connect(packets);
    await context.resume();
  } catch (error) {
    close();
    throw error;
  }
  const { latency = context.baseLatency } = media.getAudioTracks()[0].getSettings();
  return { sampleRate: context.sampleRate, delayMs: PACKET_MS + 1000 * (latency || 0), close };
}
