/** A number goes in, a broken recording comes out: always the same for the same number. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RawFormat } from '@auricle/audio';
import { readFlac } from '@auricle/audio/formats/flac-frames';
import { forkSeed, Random } from '@auricle/datasets/random';
import { sealFlacFrame, sealOgg } from './checksums.js';
import { codecBytes, codecFiles } from './codecs.js';
import { takeApart } from './reading.js';

export interface Mutant {
  /** What was broken, for whoever looks into a failure. */
  name: string;
  bytes: Uint8Array;
  raw?: RawFormat;
}

interface Seed {
  name: string;
  bytes: Uint8Array;
  raw?: RawFormat;
}

const encodings = join(import.meta.dirname, 'fixtures/encodings');
const wavFiles = JSON.parse(readFileSync(join(encodings, 'wav.json'), 'utf8')) as { name: string; base64: string }[];
const seeds: Seed[] = [
  ...codecFiles.map(({ file, bytes, raw }) => ({ name: file, bytes, raw })),
  { name: 'aac.m4a', bytes: codecBytes('aac.m4a') },
  ...readdirSync(encodings)
    .filter((file) => /\.(flac|opus)$/.test(file))
    .map((file) => ({ name: file, bytes: new Uint8Array(readFileSync(join(encodings, file))) })),
  ...wavFiles.map(({ name, base64 }) => ({ name, bytes: new Uint8Array(Buffer.from(base64, 'base64')) })),
];

/** What sizes and counts are set to. */
const EXTREMES = [0, 1, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];
const MOST_OPERATIONS = 4;

type Operation = (bytes: Uint8Array, random: Random) => Uint8Array;

/** Headers stand at the beginning, and are hit as often as all else. */
const place = (bytes: Uint8Array, random: Random): number =>
  random.integer(0, Math.max(0, (random.uniform() < 0.5 ? Math.min(bytes.length, 128) : bytes.length) - 1));

const flip: Operation = (bytes, random) => {
  const at = place(bytes, random);
  if (bytes.length > 0) bytes[at] ^= 1 << random.integer(0, 7);
  return bytes;
};

const setByte: Operation = (bytes, random) => {
  if (bytes.length > 0) bytes[place(bytes, random)] = random.integer(0, 255);
  return bytes;
};

/** 1, 2, 4 or 8 bytes of either order. */
const setField: Operation = (bytes, random) => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const width = 2 ** random.integer(0, 3);
  const at = place(bytes, random);
  if (at + width > bytes.length) return bytes;
  const value = EXTREMES[random.integer(0, EXTREMES.length - 1)];
  const littleEndian = random.uniform() < 0.5;
  if (width === 1) bytes[at] = value;
  else if (width === 2) view.setUint16(at, value, littleEndian);
  else if (width === 4) view.setUint32(at, value, littleEndian);
  else view.setBigUint64(at, BigInt(value) * 0x1_0000_0001n, littleEndian);
  return bytes;
};

/** Decimal numbers, as in a SPHERE header. */
const setNumber: Operation = (bytes, random) => {
  const text = Buffer.from(bytes).toString('latin1');
  const numbers = [...text.slice(0, 1024).matchAll(/\d+/g)];
  if (numbers.length === 0) return bytes;
  const { 0: digits, index } = numbers[random.integer(0, numbers.length - 1)];
  const value = `${EXTREMES[random.integer(0, EXTREMES.length - 1)]}`;
  const changed = text.slice(0, index) + value + text.slice(index + digits.length);
  return new Uint8Array(Buffer.from(changed, 'latin1'));
};

const truncate: Operation = (bytes, random) => bytes.slice(0, random.integer(0, bytes.length));

const remove: Operation = (bytes, random) => {
  const at = place(bytes, random);
  const length = random.integer(1, 64);
  return new Uint8Array(Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]));
};

/** A part of the file, or of any other, put in. */
const splice: Operation = (bytes, random) => {
  const other = random.uniform() < 0.5 ? bytes : seeds[random.integer(0, seeds.length - 1)].bytes;
  const from = place(other, random);
  const part = other.slice(from, from + random.integer(1, 600));
  const at = place(bytes, random);
  const replaced = random.uniform() < 0.5 ? part.length : 0;
  return new Uint8Array(Buffer.concat([bytes.subarray(0, at), part, bytes.subarray(at + replaced)]));
};

const fill: Operation = (bytes, random) => {
  const at = place(bytes, random);
  return bytes.fill(random.uniform() < 0.5 ? 0 : 255, at, at + random.integer(1, 400));
};

/** Megabytes of nothing, or of the file over and over, put in: more than any buffer is meant to hold. */
const grow: Operation = (bytes, random) => {
  if (random.uniform() > 0.1) return bytes;
  const more = new Uint8Array(random.integer(1, 3_000_000)).fill(random.uniform() < 0.5 ? 0 : 255);
  if (random.uniform() < 0.5 && bytes.length > 0)
    for (let at = 0; at < more.length; at += bytes.length) more.set(bytes.subarray(0, more.length - at), at);
  const at = place(bytes, random);
  return new Uint8Array(Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at)]));
};

const OPERATIONS: readonly Operation[] = [
  ...[flip, flip, setByte, setField, setField, setNumber, truncate, remove, splice, fill, grow],
];

/** Damage behind right checksums, so that it reaches the decoder. */
function seal(bytes: Uint8Array, seed: Seed, random: Random): Uint8Array {
  if (/\.(opus|ogg)$/.test(seed.name)) return sealOgg(bytes);
  if (!seed.name.endsWith('.flac')) return bytes;
  const { head, packets } = takeApart(readFlac, seed.bytes);
  const which = random.integer(0, packets.length - 1);
  const frame = packets[which].slice();
  // The sync code stays.
  for (let i = random.integer(1, 4); i > 0; i--) frame[random.integer(2, frame.length - 3)] = random.integer(0, 255);
  const metadata = seed.bytes.slice(0, packets[0].byteOffset - seed.bytes.byteOffset);
  if (head.total !== undefined) metadata.fill(0, 22, 26);
  return new Uint8Array(Buffer.concat([metadata, ...packets.with(which, sealFlacFrame(frame))]));
}

export function mutant(number: number): Mutant {
  const random = new Random(forkSeed(2024, number));
  const seed = seeds[random.integer(0, seeds.length - 1)];
  let bytes: Uint8Array = seed.bytes.slice();
  for (let i = random.integer(1, MOST_OPERATIONS); i > 0; i--)
    bytes = OPERATIONS[random.integer(0, OPERATIONS.length - 1)](bytes, random);
  if (random.uniform() < 0.5) bytes = seal(bytes, seed, random);
  return { name: `mutant ${number} of ${seed.name}`, bytes, raw: seed.raw };
}
