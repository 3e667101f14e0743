/** A recording goes in, its text comes out as it is recognised, as fast as the server takes it: `node examples/file.mjs recording.wav [http://127.0.0.1:8080]`. */
import { readAudioFile } from '@auricle/audio';
import { openStream } from '@auricle/client';

const PIECE_SECONDS = 0.5;

const [path = 'models/digits-en/recording.wav', server = 'http://127.0.0.1:8080'] = process.argv.slice(2);
const { samples, sampleRate } = await readAudioFile(path);
const stream = await openStream(server, { sampleRate });

const sendAll = async () => {
  const piece = Math.round(PIECE_SECONDS * sampleRate);
  // Resolves when there is room for more: what a file needs and a microphone does not.
  for (let at = 0; at < samples.length; at += piece) await stream.send(samples.subarray(at, at + piece));
  stream.end();
};

const sent = sendAll();
for await (const result of stream)
  if (result.type === 'final') console.log(`${result.start.toFixed(2)} ${result.end.toFixed(2)} ${result.text}`);
await sent;
