/** The bundled recording of seven digits goes in, twenty recordings of digits come out: its words cut apart and joined anew, with pauses. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeWav, readAudioFile } from '@auricle/audio';
import { type Engine, transcribeSamples } from '@auricle/serving';

export const BUNDLE = join(import.meta.dirname, '../../models/digits-en');
export const RECORDINGS = 20;
export const RATE = 16_000;

export interface Recording {
  /** a WAV file of 16 bits, mono, 16 kHz */
  path: string;
  wav: Buffer;
  /** as `path` holds them */
  samples: Float32Array;
  /** the same, without a header */
  s16le: Buffer;
  /** of the offline run */
  text: string;
}

/** Numbers in [0, 1), the same every time (Park and Miller's generator). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** Pauses between words, seconds: within an utterance, and one that ends it under every protocol's rules. */
const PAUSES = [0.12, 0.12, 0.2, 1.6];

export async function makeRecordings(engine: Engine, folder: string, count = RECORDINGS): Promise<Recording[]> {
  await mkdir(folder, { recursive: true });
  const words = await spokenWords(engine);
  const draw = numbers(20_251_125);
  const recordings: Recording[] = [];
  for (let i = 0; i < count; i++) {
    const parts: Float32Array[] = [new Float32Array(0.2 * RATE)];
    const length = 3 + Math.floor(draw() * 5);
    for (let w = 0; w < length; w++) {
      parts.push(words[Math.floor(draw() * words.length)]);
      parts.push(new Float32Array(PAUSES[Math.floor(draw() * PAUSES.length)] * RATE));
    }
    const path = join(folder, `${i}.wav`);
    await writeFile(path, encodeWav({ samples: joined(parts), sampleRate: RATE }));
    recordings.push(await readRecording(engine, path));
  }
  return recordings;
}

async function readRecording(engine: Engine, path: string): Promise<Recording> {
  // From the file, for 16 bits round what both hear.
  const { samples } = await readAudioFile(path);
  const s16le = Buffer.alloc(2 * samples.length);
  samples.forEach((sample, i) => {
    s16le.writeInt16LE(Math.round(sample * 32_768), 2 * i);
  });
  const wav = Buffer.from(encodeWav({ samples, sampleRate: RATE }));
  const { text } = await transcribeSamples(engine, { samples, sampleRate: RATE });
  return { path, wav, samples, s16le, text };
}

/** Each word of the bundled recording, cut where it is quietest between two of them. */
async function spokenWords(engine: Engine): Promise<Float32Array[]> {
  const { samples, sampleRate } = await readAudioFile(join(BUNDLE, 'recording.wav'));
  const { segments } = await transcribeSamples(engine, { samples, sampleRate });
  const middles = segments.flatMap(({ words }) => words.map(({ start, end }) => ((start + end) / 2) * sampleRate));
  const edges = middles.slice(1).map((to, i) => quietest(samples, Math.round(middles[i]), Math.round(to), sampleRate));
  return [0, ...edges].map((from, i) => samples.slice(from, edges[i] ?? samples.length));
}

/** The middle of the quietest 60 ms. */
function quietest(samples: Float32Array, from: number, to: number, sampleRate: number): number {
  const length = Math.round(0.06 * sampleRate);
  let best = { at: from, energy: Number.POSITIVE_INFINITY };
  for (let at = from; at + length <= to; at += 8) {
    const energy = samples.subarray(at, at + length).reduce((sum, sample) => sum + sample * sample, 0);
    if (energy < best.energy) best = { at, energy };
  }
  return best.at + length / 2;
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
