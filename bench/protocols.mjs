/** The bundled model and a number of streams go in; processor time of a service for the same audio by each protocol comes out:
 *  `node bench/protocols.mjs [streams] [seconds] [rounds]`. The service runs in a process of its own, whose time alone is counted; audio comes at its own pace. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { readAudioFile, resample } from '@auricle/audio';
import { createEngine, startServer } from '@auricle/serving';
import { pino } from 'pino';
import WebSocket from 'ws';
import { compared, median } from './comparison.mjs';

const BUNDLE = fileURLToPath(new URL('../models/digits-en', import.meta.url));
const PACKET_MS = 100;

async function serve() {
  const engine = await createEngine({ bundle: BUNDLE });
  const server = await startServer({ engine, port: 0, log: pino({ level: 'silent' }) });
  process.send({ url: server.url.replace('http', 'ws') });
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    process.send({ ms: (user + system) / 1000 });
  });
}

const s16 = (samples) => Buffer.from(Int16Array.from(samples, (x) => Math.round(x * 32_767)).buffer);
const cut = (bytes, size) =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size));

/** What a client sends first, for each 100 ms, and at last; and how it knows the end. */
function protocols(samples) {
  const pcm = cut(s16(samples), 3200);
  const floats = cut(Buffer.from(Float32Array.from(samples).buffer), 6400);
  const at24 = cut(s16(resample(samples, 16_000, 24_000)), 4800);
  const append = (bytes) => JSON.stringify({ type: 'input_audio_buffer.append', audio: bytes.toString('base64') });
  const update = {
    type: 'session.update',
    session: { type: 'transcription', audio: { input: { turn_detection: null } } },
  };
  return {
    native: {
      path: '/v1/stream',
      first: ['{"type":"start","sampleRate":16000}'],
      packets: pcm,
      last: '{"type":"end"}',
      end: '"done"',
    },
    'native f32': {
      path: '/v1/stream',
      first: ['{"type":"start","sampleRate":16000,"encoding":"f32le"}'],
      packets: floats,
      last: '{"type":"end"}',
      end: '"done"',
    },
    'native 24k': {
      path: '/v1/stream',
      first: ['{"type":"start","sampleRate":24000}'],
      packets: at24,
      last: '{"type":"end"}',
      end: '"done"',
    },
    // Deepgram's own pause, which ends a segment after every word here.
    'native 0.3 s': {
      path: '/v1/stream',
      first: ['{"type":"start","sampleRate":16000,"endpoint":{"rule4":{"trailingSilence":0.3}}}'],
      packets: pcm,
      last: '{"type":"end"}',
      end: '"done"',
    },
    vosk: { path: '/vosk', first: ['{"config":{"sample_rate":16000}}'], packets: pcm, last: '{"eof":1}' },
    sherpa: { path: '/sherpa', first: [], packets: floats, like: 'native f32', last: 'Done', end: 'Done!' },
    deepgram: {
      path: '/v1/listen?encoding=linear16&sample_rate=16000&interim_results=true',
      first: [],
      packets: pcm,
      like: 'native 0.3 s',
      last: '{"type":"CloseStream"}',
    },
    openai: {
      path: '/v1/realtime?intent=transcription',
      first: [JSON.stringify(update)],
      packets: at24.map(append),
      like: 'native 24k',
      last: '{"type":"input_audio_buffer.commit"}',
      end: '.completed"',
    },
  };
}

async function stream(url, { path, first, packets, last, end }) {
  const socket = new WebSocket(url + path, { perMessageDeflate: false });
  await once(socket, 'open');
  const over = new Promise((resolve) => {
    socket.on('close', resolve);
    socket.on('message', (data) => {
      if (end && data.toString().includes(end)) resolve();
    });
  });
  for (const message of first) socket.send(message);
  await new Promise((resolve) => setTimeout(resolve, Math.random() * PACKET_MS));
  const start = performance.now();
  for (let i = 0; i < packets.length; i++) {
    socket.send(packets[i]);
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, start + (i + 1) * PACKET_MS - performance.now())));
  }
  socket.send(last);
  await over;
  socket.terminate();
}

async function measure() {
  const [streams = 100, seconds = 10, rounds = 3] = process.argv.slice(2).map(Number);
  const recording = await readAudioFile(`${BUNDLE}/recording.wav`);
  const samples = Float32Array.from(
    { length: seconds * 16_000 },
    (_, i) => recording.samples[i % recording.samples.length],
  );
  const service = fork(fileURLToPath(import.meta.url), { env: { ...process.env, AURICLE_BENCH_SERVICE: '1' } });
  const [{ url }] = await once(service, 'message');
  const used = async () => {
    service.send('time');
    return (await once(service, 'message'))[0].ms;
  };
  const all = protocols(samples);
  const times = Object.fromEntries(Object.keys(all).map((name) => [name, []]));
  await Promise.all(
    Array.from({ length: streams }, () => stream(url, { ...all.native, packets: all.native.packets.slice(0, 20) })),
  );
  for (let round = 0; round < rounds; round++)
    for (const [name, protocol] of Object.entries(all)) {
      const before = await used();
      await Promise.all(Array.from({ length: streams }, () => stream(url, protocol)));
      times[name].push((await used()) - before);
    }
  console.log(
    `${streams} streams of ${seconds} s, ${rounds} rounds, processor ms of the service (median), beside native with the same samples`,
  );
  for (const [name, list] of Object.entries(times)) {
    const like = all[name].like ?? 'native';
    const more = `${(100 * (median(list) / median(times[like]) - 1)).toFixed(1)} % over ${like}`;
    console.log(
      `${name.padEnd(11)} ${median(list).toFixed(0).padStart(6)} ms  ${more.padEnd(24)} ${list.map((x) => x.toFixed(0)).join(' ')}`,
    );
    if (!name.startsWith('native'))
      compared({
        comparison: `${streams} live streams by the ${name} protocol`,
        unit: 'ms of processor time',
        better: 'lower',
        ours: median(list),
        peer: median(times[like]),
        peerName: `our ${like} protocol`,
        rounds,
      });
  }
  service.kill();
}

await (process.env.AURICLE_BENCH_SERVICE ? serve() : measure());
