/** Sentences and a language model go in, what a frame of beam search costs comes out, beside pyctcdecode on the same log-probs.
 *
 *      node bench/beam-search.mjs [model] [sentences] [--python <python with pyctcdecode and kenlm> <model.arpa>]
 *
 *  Log-probs are made up: byte-pair tokens of the sentences at 25 frames/s, one in three hard to tell from others, with blanks between.
 *  Without arguments model and sentences are those of the tests' fixtures; `npm run setup:peers` makes such a Python in .cache/peers/python. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bpeTokens, countWords, DecoderFactory, encodeText, loadModel, planDecoding } from '@auricle/decoding';
import { compared } from './comparison.mjs';

const FIXTURES = new URL('../tests/decoding/lm/fixtures/', import.meta.url).pathname;
const { positionals, values } = parseArgs({ allowPositionals: true, options: { python: { type: 'string' } } });
const [modelPath = join(FIXTURES, 'alice-3.arpa.gz'), textPath = join(FIXTURES, 'alice.txt'), arpaPath = modelPath] =
  positionals;

const TOKENS = 128;
const FRAMES_A_SECOND = 25;
const SECONDS = 240;

let seed = 5;
const uniform = () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed / 2 ** 32;
};
const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());

const sentences = readFileSync(textPath, 'utf8')
  .split('\n')
  .filter((line) => /^[a-z' ]+$/.test(line));
const counts = new Map();
countWords(sentences.slice(0, 2000), counts);
const table = bpeTokens(counts, { size: TOKENS });
const width = table.symbols.length;

function frame(best, isHard) {
  const row = Array.from({ length: width }, () => -8 + 1.5 * normal());
  row[best] = 4;
  if (isHard) for (let i = 0; i < 3; i++) row[1 + Math.floor(uniform() * (width - 1))] = 3 + normal();
  const total = Math.log(row.reduce((sum, value) => sum + Math.exp(value), 0));
  return row.map((value) => value - total);
}

const frames = [];
for (let s = 0; frames.length < SECONDS * FRAMES_A_SECOND; s = (s + 1) % sentences.length)
  for (const id of encodeText(table, sentences[s])) {
    frames.push(frame(id, uniform() < 1 / 3));
    // Two blanks a token, one of them beyond doubt: eight tokens a second.
    frames.push(
      frame(0, true),
      frame(0, false).map((value, v) => (v === 0 ? Math.log(0.9995) : value - 5)),
    );
  }
frames.length = SECONDS * FRAMES_A_SECOND;
const logProbs = frames.map((row) => Float32Array.from(row));

const lm = await loadModel(modelPath);
const words = [...counts.keys()].slice(0, 50);
const hotwords = words.map((phrase) => ({ phrase, boost: 2 }));
console.log(`${width} tokens, ${frames.length} frames, model of ${lm.shape.counts.join(' + ')} n-grams`);

/** @returns microseconds of processor time a frame: the median of five runs */
function measure(options) {
  const factory = new DecoderFactory(table, { frameSeconds: 1 / FRAMES_A_SECOND }, planDecoding(table, options));
  const run = () => {
    const { decoder } = factory.create();
    const before = process.cpuUsage();
    logProbs.forEach((row, t) => {
      decoder.push(row, 1);
      // As the server does: a result a chunk of 8 frames, a segment every 20 s.
      if (t % 8 === 7) decoder.result();
      if (t % 500 === 499) decoder.reset();
    });
    const { user, system } = process.cpuUsage(before);
    return (user + system) / logProbs.length;
  };
  run();
  return [run(), run(), run(), run(), run()].sort((a, b) => a - b)[2];
}

const costs = {};
const told = (name, micros) => {
  const share = (micros * FRAMES_A_SECOND) / 1e4;
  console.log(`${name}: ${micros.toFixed(1)} us a frame, ${share.toFixed(3)} % of a core a stream`);
};
for (const [name, options] of [
  ['greedy', {}],
  ['beam 16', { beam: 16 }],
  ['beam 16, 3-gram', { beam: 16, lm }],
  ['beam 16, 3-gram, 50 hotwords', { beam: 16, lm, hotwords }],
  ['beam 64, 3-gram', { beam: 64, lm }],
  ['beam 64, 3-gram, 50 hotwords', { beam: 64, lm, hotwords }],
]) {
  costs[name] = measure(options);
  told(name, costs[name]);
}

// An hour of one stream: what stays on the heap after it, and what was allocated.
{
  const factory = new DecoderFactory(
    table,
    { frameSeconds: 1 / FRAMES_A_SECOND },
    planDecoding(table, { beam: 16, lm }),
  );
  const { decoder } = factory.create();
  const heap = () => {
    globalThis.gc?.();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const hour = (from, to) => {
    for (let t = from; t < to; t++) {
      decoder.push(logProbs[t % logProbs.length], 1);
      if (t % 500 === 499) decoder.reset();
    }
  };
  hour(0, 10_000);
  const before = heap();
  hour(10_000, 10_000 + 3600 * FRAMES_A_SECOND);
  console.log(
    globalThis.gc
      ? `an hour with beam 16: ${((heap() - before) / 1024).toFixed(1)} KiB more memory in use`
      : 'run with --expose-gc to see what an hour leaves in memory',
  );
}

if (values.python) {
  const folder = mkdtempSync(join(tmpdir(), 'auricle-bench-'));
  writeFileSync(join(folder, 'log-probs.f32'), Buffer.from(Float32Array.from(frames.flat()).buffer));
  const labels = table.symbols.map((symbol, id) => (id === 0 ? '' : symbol));
  writeFileSync(join(folder, 'labels.json'), JSON.stringify(labels));
  const { stdout, stderr, status } = spawnSync(
    values.python,
    [new URL('beam-search-peer.py', import.meta.url).pathname, folder, arpaPath],
    { encoding: 'utf8' },
  );
  rmSync(folder, { recursive: true });
  if (status !== 0) throw new Error(stderr);
  for (const { width, micros } of stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))) {
    told(`pyctcdecode, beam ${width}, 3-gram`, micros);
    compared({
      comparison: `beam search of ${width} with a 3-gram`,
      unit: 'us of a core a frame',
      better: 'lower',
      ours: costs[`beam ${width}, 3-gram`],
      peer: micros,
      peerName: 'pyctcdecode',
      rounds: 1,
    });
  }
}
