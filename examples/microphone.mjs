/** The default microphone goes in, finals come out, and partials in place before them: `node examples/microphone.mjs [http://127.0.0.1:8080]`. Ends with Ctrl-C. */
import { spawn } from 'node:child_process';
import { openStream } from '@auricle/client';

const [server = 'http://127.0.0.1:8080'] = process.argv.slice(2);
const sampleRate = 16_000;
const RECORDERS = {
  linux: ['arecord', '-q', '-t', 'raw', '-f', 'S16_LE', '-c', '1', '-r', `${sampleRate}`],
  darwin: ['sox', '-q', '-d', '-t', 'raw', '-e', 'signed-integer', '-b', '16', '-c', '1', '-r', `${sampleRate}`, '-'],
  win32: `ffmpeg -loglevel error -nostdin -f dshow -i audio=default -f s16le -ac 1 -ar ${sampleRate} -`.split(' '),
};

const [program, ...options] = RECORDERS[process.platform] ?? RECORDERS.linux;
const stream = await openStream(server, { sampleRate });
const recorder = spawn(program, options, { stdio: ['ignore', 'pipe', 'inherit'] });
recorder.on('error', ({ message }) => {
  console.error(message);
  stream.close();
});
// A pipe may cut a sample in two; live audio never waits for the network: what cannot be sent yet is kept by the stream.
let half = Buffer.alloc(0);
recorder.stdout.on('data', (bytes) => {
  const joined = Buffer.concat([half, bytes]);
  half = joined.subarray(joined.length & ~1);
  stream.send(joined.subarray(0, joined.length & ~1));
});
recorder.stdout.on('end', () => stream.end());
process.once('SIGINT', () => recorder.kill());

for await (const result of stream) {
  if (result.type === 'partial') process.stdout.write(`\r\x1b[2K${result.text}`);
  if (result.type === 'final') process.stdout.write(`\r\x1b[2K${result.text}\n`);
  if (result.type === 'interrupted') process.stdout.write('\r\x1b[2K(connection lost, trying again)\n');
}
