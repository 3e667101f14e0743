// Streams a core, beside sherpa-onnx's own addon on the same ONNX file and audio: `node bench/streams.mjs [bundle=runs/random-m] [streams=64] [rounds=20] [turns=3]`
// (`node scripts/random-bundle.mjs runs/random-m` makes that bundle). Both get the audio of all streams in packets of 20 ms, a chunk of each stream a round, and
// work it off before the next round. Processor time is counted, over all threads of a process, a round at a time, so that what else the machine does
// matters less; both take turns, each in a process of its own.
//   node bench/streams.mjs … --only ours|peer runs one in this process, for a profiler
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readAudioFile, resample } from '@auricle/audio';
import { readBundle } from '@auricle/bundle';
import { createEngine } from '@auricle/serving';
import { compared } from './comparison.mjs';

const RATE = 16_000;
const PACKET = 320;
const PEER_BATCHES = [1, 5, 16];
const WARM_UP_ROUNDS = 4;
const args = process.argv.slice(2).filter((arg) => !arg.startsWith('--'));
const only = process.argv.includes('--only') ? process.argv[process.argv.indexOf('--only') + 1] : undefined;
const [bundle = 'runs/random-m', streams = '64', rounds = '20', turns = '3'] = args.filter((arg) => arg !== only);

async function audio() {
  const pcm = await readAudioFile(fileURLToPath(new URL('../models/digits-en/recording.wav', import.meta.url)));
  const spoken = resample(pcm.samples, pcm.sampleRate, RATE);
  const { interface: model, modelPath, dir } = await readBundle(bundle);
  const chunk = model.chunkShift * 160;
  const length = chunk * (Number(rounds) + WARM_UP_ROUNDS);
  const samples = Float32Array.from({ length }, (_, i) => spoken[i % spoken.length]);
  return { samples, chunk, modelPath, tokens: join(dir, 'tokens.txt') };
}

/** Calls `round` with each round's packets.
 *  @returns streams a core by each round's processor time, after the warm-up */
async function measured({ samples, chunk }, round) {
  const found = [];
  for (let r = 0; r * chunk < samples.length; r++) {
    const packets = [];
    for (let at = r * chunk; at < (r + 1) * chunk; at += PACKET) packets.push(samples.subarray(at, at + PACKET));
    const before = process.cpuUsage();
    await round(packets);
    const { user, system } = process.cpuUsage(before);
    if (r >= WARM_UP_ROUNDS) found.push((Number(streams) * chunk) / RATE / ((user + system) / 1e6));
  }
  return found;
}

async function ours() {
  const heard = await audio();
  const engine = await createEngine({ bundle });
  let batches = 0;
  let chunks = 0;
  let wanted = 0;
  let answered = () => undefined;
  engine.observe({
    batch: (report) => {
      batches++;
      chunks += report.streams;
      if (chunks >= wanted) answered();
    },
  });
  // Asking time and again whether all is answered would count as our work.
  const answeredTo = (count) =>
    new Promise((resolve) => {
      wanted = count;
      answered = resolve;
      if (chunks >= wanted) resolve();
    });
  const open = Array.from({ length: Number(streams) }, () =>
    engine.openStream({
      sampleRate: RATE,
      encoding: 's16le',
      onSegment: () => undefined,
      onError: (error) => {
        throw error;
      },
    }),
  );
  let rounds = 0;
  const result = await measured(heard, async (packets) => {
    for (const packet of packets) {
      const bytes = Int16Array.from(packet, (x) => x * 32_767);
      const view = new Uint8Array(bytes.buffer);
      for (const stream of open) stream.push(view);
      // Packets of 20 ms come in turns of their own.
      await new Promise(setImmediate);
    }
    // The first chunk needs a little more audio than it is long, so that a round is answered in the next.
    await answeredTo(open.length * rounds++);
  });
  for (const stream of open) stream.close();
  await engine.close(0);
  return { ours: result, batch: chunks / batches };
}

async function peer() {
  const { default: sherpa } = await import('sherpa-onnx-node');
  const heard = await audio();
  const recognizer = new sherpa.OnlineRecognizer({
    featConfig: { sampleRate: RATE, featureDim: 80 },
    modelConfig: { nemoCtc: { model: heard.modelPath }, tokens: heard.tokens, numThreads: 1, provider: 'cpu' },
    enableEndpoint: true,
  });
  const results = {};
  for (const batch of PEER_BATCHES) {
    const open = Array.from({ length: Number(streams) }, () => recognizer.createStream());
    results[batch] = await measured(heard, async (packets) => {
      for (const samples of packets) for (const stream of open) stream.acceptWaveform({ samples, sampleRate: RATE });
      for (let ready = open.filter((s) => recognizer.isReady(s)); ready.length > 0; ) {
        for (let at = 0; at < ready.length; at += batch) recognizer.decodeStreams(ready.slice(at, at + batch));
        ready = open.filter((s) => recognizer.isReady(s));
      }
      for (const stream of open) recognizer.getResult(stream);
    });
  }
  return results;
}

const run = { ours, peer };
if (process.send) {
  process.send(await run[process.env.SIDE]());
  process.disconnect();
} else if (only) console.log(only, Object.keys(await run[only]()));
else {
  const found = {};
  for (let turn = 0; turn < Number(turns); turn++)
    for (const side of Object.keys(run)) {
      const child = fork(fileURLToPath(import.meta.url), process.argv.slice(2), {
        env: { ...process.env, SIDE: side },
      });
      const [{ batch, ...results }] = await once(child, 'message');
      if (batch) console.log(`turn ${turn + 1}: ours in batches of ${batch.toFixed(1)}`);
      for (const [name, rounds] of Object.entries(results)) found[name] = [...(found[name] ?? []), ...rounds];
    }
  // What else the machine does only ever slows rounds down: the best quarter is what was disturbed least.
  const figures = (values) => {
    const sorted = [...values].sort((a, b) => b - a);
    return [sorted[sorted.length >> 2], sorted[sorted.length >> 1]];
  };
  const us = figures(found.ours);
  console.log(`ours: ${us.map((x) => x.toFixed(0)).join(' streams a core at the upper quartile of rounds, median ')}`);
  for (const batch of PEER_BATCHES) {
    const them = figures(found[batch]);
    const times = us.map((x, i) => (x / them[i]).toFixed(2)).join(' and ');
    console.log(
      `sherpa-onnx-node, batches of ${batch}: ${them.map((x) => x.toFixed(0)).join(', median ')}; ours ${times} times`,
    );
    compared({
      comparison: `live streams, theirs in batches of ${batch}`,
      unit: 'streams a core at the upper quartile of rounds',
      better: 'higher',
      ours: us[0],
      peer: them[0],
      peerName: 'sherpa-onnx-node',
      rounds: found.ours.length,
    });
  }
}
