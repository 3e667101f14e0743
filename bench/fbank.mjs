// Speech goes in, the speed of our log-mel frames comes out, beside that of PyPI's kaldi-native-fbank in the same run: each round measures
// both, whole and in packets, one after the other on one core.
//   node bench/fbank.mjs [rounds=9] [seconds=60] [packet ms=20]
// after `npm run setup:peers`; AURICLE_PYTHON names another interpreter.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { FBANK, fbank, readAudioFile, StreamingFbank } from '@auricle/audio';
import { compared, median } from './comparison.mjs';

const [rounds = 9, seconds = 60, packetMs = 20] = process.argv.slice(2).map(Number);
const root = resolve(import.meta.dirname, '..');
const fixtures = join(root, 'tests/audio/fixtures');
const python = process.env.AURICLE_PYTHON ?? join(root, '.cache/peers/python/bin/python');
const packet = Math.round((packetMs / 1000) * FBANK.sampleRate);
const REPEATS = 20;

/** Excerpts of real utterances, over and over. */
async function speech() {
  const { samples } = await readAudioFile(join(fixtures, 'fbank_golden.flac'));
  return Float32Array.from({ length: seconds * FBANK.sampleRate }, (_, i) => samples[i % samples.length]);
}

function inPackets(samples) {
  const stream = new StreamingFbank();
  for (let at = 0; at < samples.length; at += packet) stream.push(samples.subarray(at, at + packet));
  stream.flush();
}

/** Seconds of one repetition. */
function time(compute) {
  const start = performance.now();
  for (let i = 0; i < REPEATS; i++) compute();
  return (performance.now() - start) / 1000 / REPEATS;
}

const samples = await speech();
const folder = mkdtempSync(join(tmpdir(), 'auricle-bench-'));
const file = join(folder, 'speech.f32');
writeFileSync(file, samples);
const theirs = (size) =>
  Number(execFileSync(python, ['-B', join(fixtures, 'kaldi_fbank.py'), '--time', `${REPEATS}`, `${size}`, file]));
const contestants = {
  'auricle, whole': () => time(() => fbank(samples)),
  'kaldi-native-fbank, whole': () => theirs(0),
  [`auricle, ${packetMs} ms packets`]: () => time(() => inPackets(samples)),
  [`kaldi-native-fbank, ${packetMs} ms packets`]: () => theirs(packet),
};
const names = Object.keys(contestants);
const speeds = Object.fromEntries(names.map((name) => [name, []]));
try {
  fbank(samples);
  inPackets(samples);
  for (let round = 0; round < rounds; round++)
    for (const name of names) speeds[name].push(seconds / contestants[name]());
} finally {
  rmSync(folder, { recursive: true });
}

console.log(`${seconds} s of speech at 16 kHz, ${rounds} rounds of ${REPEATS}; x real time on one core`);
for (const name of names) {
  const of = speeds[name];
  const range = `${Math.min(...of).toFixed(0)} to ${Math.max(...of).toFixed(0)}`;
  console.log(`${name.padEnd(36)} median ${median(of).toFixed(0).padStart(6)}  (${range})`);
}
for (let i = 0; i < names.length; i += 2) {
  const ratios = speeds[names[i]].map((speed, round) => speed / speeds[names[i + 1]][round]);
  console.log(`${names[i].padEnd(36)} ${median(ratios).toFixed(2)} x ${names[i + 1]}`);
  compared({
    comparison: `log-mel frames, ${names[i].split(', ')[1]}`,
    unit: 'x real time',
    better: 'higher',
    ours: median(speeds[names[i]]),
    peer: median(speeds[names[i + 1]]),
    peerName: 'kaldi-native-fbank',
    ratio: median(ratios),
    rounds,
  });
}
