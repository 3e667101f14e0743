/** What the video says goes in while it plays, captions over it come out: the open segment as it grows, then its final text. */
import { openStream } from '/client/index.js';

const server = new URL(location.href).searchParams.get('server') ?? 'http://127.0.0.1:8080';
/** Seconds that a final caption stays. */
const READING_SECONDS = 3;

const video = document.querySelector('video');
const track = video.addTextTrack('captions', 'Recognised', 'en');
track.mode = 'showing';

video.addEventListener('play', start, { once: true });

async function start() {
  const context = new AudioContext();
  const sound = context.createMediaElementSource(video);
  sound.connect(context.destination);
  await context.audioWorklet.addModule('samples.js');
  const samples = new AudioWorkletNode(context, 'samples', { numberOfOutputs: 0 });
  // Its messages wait in the port for the stream, so that the first words are not lost.
  sound.connect(samples);
  const stream = await openStream(server, { sampleRate: context.sampleRate });
  samples.port.onmessage = ({ data }) => stream.send(data);
  video.addEventListener('ended', () => stream.end(), { once: true });
  let open;
  for await (const result of stream) {
    if (result.type !== 'partial' && result.type !== 'final') continue;
    if (open) track.removeCue(open);
    const now = video.currentTime;
    open = new VTTCue(now, now + READING_SECONDS, result.text);
    track.addCue(open);
    if (result.type === 'final') open = undefined;
  }
}
