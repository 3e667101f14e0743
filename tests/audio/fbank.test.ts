import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FBANK, fbank, frameCount, readAudioFile, resample, StreamingFbank } from '@auricle/audio';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { recordingsOf } from '../fixtures/corpora.js';
import { sameSamples } from './refusal.js';

const { melBins } = FBANK;
const fixtures = join(import.meta.dirname, 'fixtures');
const MARK = 1e-3;
const venv = join(import.meta.dirname, '../../.cache/venv/bin/python');
const python = process.env.AURICLE_PYTHON ?? (existsSync(venv) ? venv : 'python3');

const floats = (path: string) => new Float32Array(Uint8Array.from(readFileSync(path)).buffer);

interface Excerpt {
  audio: string;
  samples: Float32Array;
}
let excerpts: Excerpt[];
beforeAll(async () => {
  const { samples } = await readAudioFile(join(fixtures, 'fbank_golden.flac'));
  const index: { audio: string; samples: number }[] = JSON.parse(
    readFileSync(join(fixtures, 'fbank_golden.json'), 'utf8'),
  );
  let at = 0;
  excerpts = index.map(({ audio, samples: length }) => {
    at += length;
    return { audio, samples: samples.slice(at - length, at) };
  });
  expect(at).toBe(samples.length);
});

/** Frames of a stream cut at the given sizes, repeated until the samples are used up. */
function stream(samples: Float32Array, sizes: readonly number[], instance = new StreamingFbank()): Float32Array {
  const parts: Float32Array[] = [];
  for (let at = 0, i = 0; at < samples.length; i++) {
    const size = sizes[i % sizes.length];
    parts.push(instance.push(samples.subarray(at, at + size)));
    at += size;
  }
  parts.push(instance.flush());
  return Float32Array.from(parts.flatMap((part) => [...part]));
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i] - b[i]));
  return largest;
}

/** As `largestDifference`, less what rounding the frame's loudest bin to float32 leaves in this one: kaldi-native-fbank
 *  transforms in float32 from 1.21 on and lies 2e-3 beside itself of 1.20 where 95 dB are between them. */
function largestDifferenceBeyondRounding(ours: Float32Array, golden: Float32Array): number {
  expect(ours.length).toBe(golden.length);
  let largest = 0;
  for (let at = 0; at < ours.length; at += melBins) {
    const loudest = Math.max(...golden.subarray(at, at + melBins));
    for (let i = at; i < at + melBins; i++)
      largest = Math.max(largest, Math.abs(ours[i] - golden[i]) - 2 ** -24 * Math.exp((loudest - golden[i]) / 2));
  }
  return largest;
}

/** Every fourth frame and the three at each edge, as the golden file keeps them. */
const kept = (frames: Float32Array) => {
  const count = frames.length / melBins;
  const rows = Array.from({ length: count }, (_, i) => i).filter((i) => i % 4 === 0 || i < 3 || i >= count - 3);
  return Float32Array.from(rows.flatMap((i) => [...frames.subarray(i * melBins, (i + 1) * melBins)]));
};

/** Reproducible noise in [-1, 1]. */
function noise(length: number): Float32Array {
  let state = 1;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

describe('fbank against kaldi-native-fbank', () => {
  it('equals its frames on 20 excerpts of real utterances, edges included', () => {
    const golden = floats(join(fixtures, 'fbank_golden.f32'));
    let at = 0;
    for (const { audio, samples } of excerpts) {
      const ours = kept(fbank(samples));
      expect(largestDifference(ours, golden.subarray(at, at + ours.length)), audio).toBeLessThanOrEqual(MARK);
      at += ours.length;
    }
    expect(at).toBe(golden.length);
    expect(excerpts).toHaveLength(20);
  });

  it('takes other rates, bins and edges', () => {
    const frames = fbank(excerpts[0].samples, { sampleRate: 8000, melBins: 40, highHz: 0 });
    const rows = Array.from({ length: frames.length / 40 }, (_, i) => i).filter((i) => i % 4 === 0);
    const ours = Float32Array.from(rows.flatMap((i) => [...frames.subarray(i * 40, (i + 1) * 40)]));
    expect(largestDifference(ours, floats(join(fixtures, 'fbank_golden_8k.f32')))).toBeLessThanOrEqual(MARK);
  });

  it('equals its frames on 20 whole utterances', async ({ skip }) => {
    try {
      execFileSync(python, ['-c', 'import kaldi_native_fbank, numpy'], { stdio: 'ignore' });
    } catch {
      console.log(`skipped: no kaldi-native-fbank in ${python} (AURICLE_PYTHON names another)`);
      skip();
    }
    const corpora = ['librispeech', 'ljspeech_subset', 'vctk_p239', 'cmu_arctic', 'rhasspy_kerstin_de'];
    const files = corpora.flatMap((corpus) => recordingsOf(corpus, 'dev', 4) ?? []);
    if (files.length === 0) skip();
    const folder = mkdtempSync(join(tmpdir(), 'auricle-fbank-'));
    try {
      for (const path of files) {
        const pcm = await readAudioFile(path);
        const samples = resample(pcm.samples, pcm.sampleRate, FBANK.sampleRate);
        const [input, output] = [join(folder, 'in.f32'), join(folder, 'out.f32')];
        writeFileSync(input, samples);
        execFileSync(python, ['-B', join(fixtures, 'kaldi_fbank.py'), input, output]);
        const golden = floats(output);
        const ours = fbank(samples);
        expect(largestDifferenceBeyondRounding(ours, golden), path).toBeLessThanOrEqual(MARK);
        expect(sameSamples(stream(samples, [1, 333, 4000]), ours), path).toBe(true);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('fbank', () => {
  it('gives one frame for each hop whose middle is reached', () => {
    for (const [samples, frames] of [
      [1, 0],
      [79, 0],
      [80, 1],
      [239, 1],
      [240, 2],
      [16_000, 100],
    ])
      expect([samples, fbank(noise(samples)).length / melBins]).toEqual([samples, frames]);
    expect(frameCount(16_000)).toBe(100);
  });

  it('mirrors the edges as often as a short utterance needs', () => {
    // 80 samples: the frame covers -120 … 279, which folds back and forth over them.
    const short = noise(80);
    const folded = Float32Array.from({ length: 400 }, (_, i) => {
      const turn = (((i - 120) % 160) + 160) % 160;
      return short[turn < 80 ? turn : 159 - turn];
    });
    // Behind 120 more samples of the same pattern the frame lies in the middle of a longer utterance.
    const inside = fbank(Float32Array.from([...folded.subarray(280).toReversed(), ...folded, ...noise(400)]));
    expect(fbank(short)).toHaveLength(melBins);
    const long = Float32Array.from({ length: 680 }, (_, i) => folded[i - 40] ?? 0);
    expect(inside.length).toBeGreaterThan(0);
    expect(largestDifference(fbank(short), fbank(long).subarray(melBins, 2 * melBins))).toBeLessThanOrEqual(1e-4);
  });

  it('floors the energy of digital silence', () => {
    const frames = fbank(new Float32Array(1600));
    expect([...new Set(frames)]).toEqual([Math.fround(Math.log(FBANK.floor))]);
  });

  it('ignores a constant offset', () => {
    const samples = noise(4000).map((v) => v / 4);
    const shifted = samples.map((v) => v + 0.25);
    expect(largestDifference(fbank(samples), fbank(shifted))).toBeLessThanOrEqual(MARK);
  });

  it('refuses an empty utterance and options that give no frames', () => {
    expect(() => fbank(new Float32Array(0))).toThrow(expect.objectContaining({ code: 'AUR_AUDIO_EMPTY' }));
    for (const options of [
      { hopMs: 0 },
      { frameLengthMs: 5 },
      { frameLengthMs: 1e9 },
      { melBins: 0 },
      { lowHz: 9000 },
      { lowHz: -1 },
      { highHz: 9000 },
      { sampleRate: Number.NaN },
    ])
      expect(() => fbank(noise(400), options), JSON.stringify(options)).toThrow(
        expect.objectContaining({ code: 'AUR_AUDIO_FBANK' }),
      );
  });
});

describe('StreamingFbank', () => {
  it('gives bit-identical frames for any cutting', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 19 }),
        fc.array(fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 3000 })), { minLength: 1 }),
        (which, sizes) => {
          const { samples } = excerpts[which];
          expect(stream(samples, sizes)).toEqual(fbank(samples));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('gives bit-identical frames one sample at a time, for every length', () => {
    for (const length of [1, 80, 119, 279, 280, 281, 440, 1001]) {
      const samples = noise(length);
      expect(stream(samples, [1]), `${length}`).toEqual(fbank(samples));
    }
  });

  it('has frame t ready with sample 160 t + 280', () => {
    const instance = new StreamingFbank();
    const samples = noise(1000);
    const ready = Array.from(samples, (_, i) => (instance.push(samples.subarray(i, i + 1)).length > 0 ? i + 1 : 0));
    expect(ready.filter((n) => n > 0)).toEqual([280, 440, 600, 760, 920]);
  });

  it('is as new after flush and after reset', () => {
    const instance = new StreamingFbank();
    const samples = noise(2000);
    const once = stream(samples, [123], instance);
    expect(stream(samples, [500], instance)).toEqual(once);
    instance.push(samples.subarray(0, 777));
    instance.reset();
    expect(stream(samples, [2000], instance)).toEqual(once);
    expect(instance.flush()).toHaveLength(0);
  });

  it('keeps streams apart that are pushed in turns', () => {
    const [a, b] = [noise(3000), excerpts[3].samples.subarray(0, 3000)];
    const [streamA, streamB] = [new StreamingFbank(), new StreamingFbank()];
    const [outA, outB]: number[][] = [[], []];
    for (let at = 0; at < 3000; at += 300) {
      outA.push(...streamA.push(a.subarray(at, at + 300)));
      outB.push(...streamB.push(b.subarray(at, at + 300)));
    }
    expect(Float32Array.from([...outA, ...streamA.flush()])).toEqual(fbank(a));
    expect(Float32Array.from([...outB, ...streamB.flush()])).toEqual(fbank(b));
  });

  it('does not change or keep the samples it is given', () => {
    const samples = noise(1000);
    const copy = samples.slice();
    const instance = new StreamingFbank();
    const head = instance.push(samples);
    expect(samples).toEqual(copy);
    samples.fill(0);
    expect(Float32Array.from([...head, ...instance.flush()])).toEqual(fbank(copy));
  });
});
