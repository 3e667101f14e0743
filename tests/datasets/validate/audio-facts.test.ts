import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { audioFacts, factsOf } from '@auricle/datasets/validate/audio-facts';
import { describe, expect, it } from 'vitest';
import { bytesOf, wav } from '../../audio/wav-bytes.js';
import { temporaryFolder, tone } from '../files.js';

const RATE = 16_000;

describe('factsOf', () => {
  it('measures the loudest 25 ms, wherever they are', () => {
    const samples = new Float32Array(RATE);
    // Ten windows in; a sine's root mean square is 3.01 dB below its peak of -20 dB.
    samples.set(tone(0.025, RATE, 1000, 0.1), RATE / 4);
    expect(factsOf({ samples, sampleRate: RATE }).loudest).toBeCloseTo(-23.01, 1);
    expect(factsOf({ samples: new Float32Array(9), sampleRate: RATE }).loudest).toBe(Number.NEGATIVE_INFINITY);
  });

  it('counts the samples at full scale', () => {
    const samples = Float32Array.of(1, -1, 0.9, 0, 32767 / 32768, -0.99, 0.5, 0.1);
    expect(factsOf({ samples, sampleRate: RATE }).clipped).toBe(3 / 8);
  });

  it('knows the same samples again, and another rate from them', () => {
    const samples = tone(0.1, RATE);
    const { hash } = factsOf({ samples, sampleRate: RATE });
    expect(factsOf({ samples: samples.slice(), sampleRate: RATE }).hash).toBe(hash);
    expect(factsOf({ samples, sampleRate: 8000 }).hash).not.toBe(hash);
    const changed = samples.slice();
    changed[1000] += 1e-4;
    expect(factsOf({ samples: changed, sampleRate: RATE }).hash).not.toBe(hash);
  });
});

describe('audioFacts', () => {
  it('reads no more of a recording than the segment', async () => {
    const folder = await temporaryFolder();
    const samples = tone(4, RATE);
    // What lies elsewhere cannot be decoded.
    samples.fill(Number.NaN, 0, RATE);
    samples.fill(Number.NaN, 3 * RATE);
    await writeFile(join(folder, 'a.wav'), wav(bytesOf(samples), { format: 3, bits: 32 }));
    const facts = (fields: { offset?: number; duration: number }) =>
      audioFacts(join(folder, 'all.jsonl'), { audio_filepath: 'a.wav', ...fields });
    const segment = await facts({ offset: 1.5, duration: 1 });
    expect(segment).toEqual(factsOf({ samples: samples.slice(1.5 * RATE, 2.5 * RATE), sampleRate: RATE }));
    await expect(facts({ duration: 4 })).rejects.toMatchObject({ code: 'AUR_AUDIO_DAMAGED' });
  });
});
