// Tones go in, cost and quality of our resampler (Speex's, as WebAssembly with SIMD) come out, beside those of libsamplerate as WebAssembly in
// the same run: each round times every one of them, one after the other on one core.
//   node bench/resample.mjs [rounds=5] [seconds=20] [packet ms=20]
// after `npm run setup:peers`.
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { StreamingResampler } from '@auricle/audio';
import { decibels, fitTone, rms, sinusoid } from '../tests/audio/tones.mjs';
import { compared, median } from './comparison.mjs';

const [rounds = 5, seconds = 20, packetMs = 20] = process.argv.slice(2).map(Number);
const peers = resolve(import.meta.dirname, '../.cache/peers/node_modules');
const libsamplerate = createRequire(join(peers, 'x.js'))('@alexanderolsen/libsamplerate-js');

const RATES = [
  [48_000, 16_000],
  [44_100, 16_000],
  [8000, 16_000],
  [16_000, 48_000],
];

/** A contestant: from rate, to rate -> a stream: samples -> samples, and what is left at the end. */
function auricle(from, to) {
  const resampler = new StreamingResampler(from, to);
  return { push: (samples) => resampler.push(samples), flush: () => resampler.flush() };
}

const samplerate = (quality) => async (from, to) => {
  const src = await libsamplerate.create(1, from, to, { converterType: libsamplerate.ConverterType[quality] });
  return { push: (samples) => src.full(samples), flush: () => src.full(new Float32Array(from / 10)) };
};

const CONTESTANTS = {
  auricle,
  'libsamplerate best': samplerate('SRC_SINC_BEST_QUALITY'),
  'libsamplerate medium': samplerate('SRC_SINC_MEDIUM_QUALITY'),
  'libsamplerate fastest': samplerate('SRC_SINC_FASTEST'),
};

/** Of about our quality. */
const ALIKE = 'libsamplerate medium';

function joined(parts) {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

async function convert(open, samples, from, to) {
  const stream = await open(from, to);
  return joined([stream.push(samples), stream.flush()]);
}

const AMPLITUDE = 0.5;
const tone = (hz, rate, length) => sinusoid(hz, rate, length, AMPLITUDE);
/** Against the RMS of the tone that was sent. */
const relative = (value) => decibels(Math.max(value / (AMPLITUDE * Math.SQRT1_2), 1e-9));

/** Ripple up to 0.41 of the lower rate, the part up to which it passes within 0.1 dB, and the loudest of all that should not be there. */
async function quality(open, from, to) {
  const lower = Math.min(from, to);
  const converted = async (hz) => {
    const out = await convert(open, tone(hz, from, from / 2), from, to);
    const edge = Math.round(0.1 * to);
    return out.subarray(edge, Math.round(0.5 * to) - edge);
  };
  let [ripple, bandwidth, unwanted] = [0, 0, -200];
  for (let part = 0.01; part < 0.5; part += 0.01) {
    const { amplitude, residual } = fitTone(await converted(part * lower), part * lower, to);
    const level = decibels(amplitude / AMPLITUDE);
    if (part < 0.415) ripple = Math.max(ripple, Math.abs(level));
    if (part < 0.415) unwanted = Math.max(unwanted, relative(residual));
    if (Math.abs(level) < 0.1) bandwidth = part;
  }
  for (const part of [0.5, 0.51, 0.53, 0.56, 0.6, 0.75, 0.9, 1, 1.2, 1.4])
    if (part * lower < from / 2) unwanted = Math.max(unwanted, relative(rms(await converted(part * lower))));
  return { ripple, bandwidth, unwanted };
}

/** Times real time for one stream, whole or in packets. */
async function speed(open, from, to, size) {
  const samples = tone(440, from, seconds * from);
  const stream = await open(from, to);
  const start = performance.now();
  for (let at = 0; at < samples.length; at += size) stream.push(samples.subarray(at, at + size));
  return seconds / ((performance.now() - start) / 1000);
}

console.log(
  `${rounds} rounds of ${seconds} s; ripple up to 0.41 of the lower rate; pass: share of the lower rate within 0.1 dB;`,
);
console.log(
  'unwanted: the loudest alias, image or noise; x real time on one core, in second-long blocks and in packets',
);
for (const [from, to] of RATES) {
  console.log(`\n${from} -> ${to} Hz`.padEnd(25), 'ripple dB   pass  unwanted dB   seconds  packets');
  const names = Object.keys(CONTESTANTS);
  const speeds = Object.fromEntries(names.map((name) => [name, { whole: [], packets: [] }]));
  for (let round = 0; round < rounds; round++)
    for (const name of names) {
      speeds[name].whole.push(await speed(CONTESTANTS[name], from, to, from));
      speeds[name].packets.push(await speed(CONTESTANTS[name], from, to, Math.round((from * packetMs) / 1000)));
    }
  for (const name of names) {
    const { ripple, bandwidth, unwanted } = await quality(CONTESTANTS[name], from, to);
    const times = [median(speeds[name].whole), median(speeds[name].packets)].map((x) => x.toFixed(0).padStart(8));
    const figures = [ripple.toFixed(4).padStart(9), bandwidth.toFixed(2).padStart(6), unwanted.toFixed(1).padStart(12)];
    console.log(name.padEnd(24), ...figures, ' ', ...times);
  }
  compared({
    comparison: `resampling ${from} to ${to} Hz, ${packetMs} ms packets`,
    unit: 'x real time',
    better: 'higher',
    ours: median(speeds.auricle.packets),
    peer: median(speeds[ALIKE].packets),
    peerName: ALIKE,
    rounds,
  });
}
