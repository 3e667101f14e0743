// A bundle and a manifest go in, the time from a stream's last packet to its final result comes out: recordings are streamed at the pace of
// speech, one after the other, to an idle server in a process of its own.
//   node bench/latency.mjs <bundle> <manifest> [count=60] [packet ms=20]
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { readAudioFile } from '@auricle/audio';
import { connect } from '@auricle/client';
import { readManifest, resolvePath } from '@auricle/datasets';
import { createEngine, startServer } from '@auricle/serving';
import { pino } from 'pino';

const [bundle, manifest, count = '60', packetMs = '20'] = process.argv.slice(2);
async function serve(dir) {
  const engine = await createEngine({ bundle: dir });
  const server = await startServer({ engine, port: 0, log: pino({ level: 'silent' }) });
  process.send(server.url);
  process.on('disconnect', async () => {
    await server.close();
    await engine.close();
  });
}

/** Resolves with ms from the last packet to the last final and to `done`, and the text. */
async function streamOnce(url, { samples, sampleRate }) {
  const client = await connect(url, { sampleRate });
  const bytes = Buffer.from(Int16Array.from(samples, (x) => Math.round(Math.max(-1, Math.min(1, x)) * 32767)).buffer);
  const packet = 2 * Math.round((sampleRate * Number(packetMs)) / 1000);
  let finalAt = 0;
  let text = '';
  const heard = (async () => {
    for await (const message of client.results) {
      if (message.type !== 'final') continue;
      finalAt = performance.now();
      text += `${text && ' '}${message.text}`;
    }
    return performance.now();
  })();
  const started = performance.now();
  for (let at = 0, n = 1; at < bytes.length; at += packet, n++) {
    // A packet leaves when its last sample was spoken.
    const spokenMs = Math.min(n * Number(packetMs), (samples.length / sampleRate) * 1000);
    await delay(Math.max(0, started + spokenMs - performance.now()));
    client.send(bytes.subarray(at, at + packet));
  }
  const lastPacket = performance.now();
  client.end();
  const doneAt = await heard;
  return { final: finalAt > lastPacket ? finalAt - lastPacket : undefined, done: doneAt - lastPacket, text };
}

const percentile = (values, p) => [...values].sort((a, b) => a - b)[Math.ceil((p / 100) * values.length) - 1];
const line = (name, values) =>
  `${name.padEnd(34)} n=${values.length}  p50 ${percentile(values, 50)?.toFixed(1)}  p95 ${percentile(values, 95)?.toFixed(1)}  max ${Math.max(...values).toFixed(1)} ms`;

async function measure() {
  const utterances = (await readManifest(manifest)).filter((u) => u.audio_filepath);
  // Evenly over the manifest, which is often sorted.
  const chosen = Array.from({ length: Math.min(Number(count), utterances.length) }, (_, i) =>
    Math.floor((i * utterances.length) / Math.min(Number(count), utterances.length)),
  ).map((i) => utterances[i]);
  const server = fork(fileURLToPath(import.meta.url), [bundle]);
  const [url] = await once(server, 'message');
  const results = [];
  let right = 0;
  for (const utterance of chosen) {
    const result = await streamOnce(url, await readAudioFile(resolvePath(manifest, utterance)));
    results.push(result);
    if (result.text === utterance.text) right++;
  }
  server.disconnect();
  await once(server, 'exit');
  console.log(`${chosen.length} recordings in ${packetMs} ms packets at the pace of speech, ${right} exactly right`);
  console.log(
    line(
      'last packet to final',
      results.flatMap((r) => (r.final === undefined ? [] : [r.final])),
    ),
  );
  console.log(
    line(
      'last packet to done',
      results.map((r) => r.done),
    ),
  );
}

if (process.send) await serve(bundle);
else if (bundle && manifest) await measure();
else console.error('usage: node bench/latency.mjs <bundle> <manifest> [count] [packet ms]');
