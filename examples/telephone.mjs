/** A telephone call goes in as RTP (20 ms of mu-law at 8 kHz a packet, as Asterisk's external media and FreeSWITCH send it), its text comes out:
 *  `node examples/telephone.mjs [5004] [http://127.0.0.1:8080]`. The call is over when no packet has come for two seconds. */
import { createSocket } from 'node:dgram';
import { RAW_ENCODINGS } from '@auricle/audio';
import { waveSamples } from '@auricle/audio/formats/wave-samples';
import { openStream } from '@auricle/client';

const SAMPLE_RATE = 8000;
const SILENT_MS = 2000;
/** RTP's payload type of mu-law, RFC 3551. */
const PCMU = 0;

const [port = '5004', server = 'http://127.0.0.1:8080'] = process.argv.slice(2);
const stream = await openStream(server, { sampleRate: SAMPLE_RATE });
const socket = createSocket('udp4');
let newest;
let silence;

socket.on('message', (packet) => {
  const type = packet[1] & 0x7f;
  const sequence = packet.readUInt16BE(2);
  // A packet that comes late is dropped; nothing is put in where one was lost.
  const isLate = newest !== undefined && ((sequence - newest) & 0xffff) >= 0x8000;
  if (type !== PCMU || isLate) return;
  newest = sequence;
  const contributors = packet[0] & 0x0f;
  stream.send(Float32Array.from(waveSamples(RAW_ENCODINGS.mulaw, packet.subarray(12 + 4 * contributors))));
  clearTimeout(silence);
  silence = setTimeout(() => {
    socket.close();
    stream.end();
  }, SILENT_MS);
});
socket.bind(Number(port), () => console.error(`listening for a call on port ${socket.address().port}`));

for await (const result of stream)
  if (result.type === 'final') console.log(`${result.start.toFixed(2)} ${result.end.toFixed(2)} ${result.text}`);
