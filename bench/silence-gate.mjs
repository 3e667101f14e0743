// What the silence gate saves and whether it changes a word: `node bench/silence-gate.mjs [bundle=models/digits-en] [manifest=../shared/corpora/fsdd/test.jsonl] [utterances a stream=10]`
// Recordings of the manifest are joined to streams, with pauses of 0.3 to 8 s of quiet noise between them, and heard with and without the gate.
import { fileURLToPath } from 'node:url';
import { loadPcm, readManifest } from '@auricle/datasets';
import { wordErrorRate } from '@auricle/decoding';
import { createEngine } from '@auricle/serving';
import { compared } from './comparison.mjs';

const shared = fileURLToPath(new URL('../../shared/corpora/fsdd/test.jsonl', import.meta.url));
const [bundle = 'models/digits-en', manifest = shared, count = '10'] = process.argv.slice(2);
const utterances = await readManifest(manifest);

let state = 1;
/** In [0, 1), the same every time. */
function random() {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return state / 2 ** 32;
}

async function* streams() {
  for (let at = 0; at < utterances.length; at += Number(count)) {
    const parts = [];
    let rate = 0;
    const chosen = Array.from({ length: Number(count) }, () => utterances[Math.floor(random() * utterances.length)]);
    for (const utterance of chosen) {
      const { samples, sampleRate } = await loadPcm(manifest, utterance);
      rate = sampleRate;
      parts.push(samples, new Float32Array(Math.round((0.3 + 7.7 * random()) * sampleRate)));
    }
    const samples = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
    let from = 0;
    for (const part of parts) {
      samples.set(part, from);
      from += part.length;
    }
    // Room noise of -66 dB.
    for (let i = 0; i < samples.length; i++) samples[i] += (random() - 0.5) * 1.7e-3;
    yield { samples, sampleRate: rate, text: chosen.map(({ text }) => text).join(' ') };
  }
}

async function hear(engine, { samples, sampleRate }) {
  let chunks = 0;
  const stop = engine.observe({
    batch: ({ streams: n }) => {
      chunks += n;
    },
  });
  const stream = engine.openStream({ sampleRate });
  for (let at = 0; at < samples.length; at += 8000) {
    stream.push(samples.subarray(at, at + 8000));
    await stream.drained(1 << 18);
  }
  const { segments, text } = await stream.finish();
  stop();
  const words = segments.flatMap((s) =>
    s.words.map(({ word, start, end }) => `${word} ${start.toFixed(2)} ${end.toFixed(2)}`),
  );
  return { text, chunks, words: words.join('|'), segments: segments.map((s) => s.text).join('|') };
}

const plain = await createEngine({ bundle });
const gated = await createEngine({ bundle, silenceGate: true });
const sums = { streams: 0, seconds: 0, sameText: 0, sameSegments: 0, sameTimes: 0, plainChunks: 0, gatedChunks: 0 };
const pairs = { plain: [], gated: [] };
for await (const stream of streams()) {
  const [a, b] = [await hear(plain, stream), await hear(gated, stream)];
  sums.streams++;
  sums.seconds += stream.samples.length / stream.sampleRate;
  sums.sameText += Number(a.text === b.text);
  sums.sameSegments += Number(a.segments === b.segments);
  sums.sameTimes += Number(a.words === b.words);
  sums.plainChunks += a.chunks;
  sums.gatedChunks += b.chunks;
  pairs.plain.push({ reference: stream.text, hypothesis: a.text });
  pairs.gated.push({ reference: stream.text, hypothesis: b.text });
}
await Promise.all([plain.close(), gated.close()]);
console.log(sums);
for (const [name, list] of Object.entries(pairs)) console.log(name, wordErrorRate(list));
compared({
  comparison: 'digits with pauses, silence gate on',
  unit: "the model's runs of chunks",
  better: 'lower',
  ours: sums.gatedChunks,
  peer: sums.plainChunks,
  peerName: 'without the gate',
  rounds: 1,
});
