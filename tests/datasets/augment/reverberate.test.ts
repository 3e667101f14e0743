import { drawRoom, Random, reverberate, simulateRoom } from '@auricle/datasets';
import { describe, expect, it } from 'vitest';
import { decibels, power } from './measures.js';
import { EXTREMES, gaussian, RATE } from './signals.js';

const ranges = { sideMetres: [3, 8], heightMetres: [2.4, 4], rt60Seconds: [0.2, 0.5] } as const;
/** As recorded: 50 samples until the direct sound, which rises over two samples. */
const recorded = Float32Array.from({ length: 3000 }, (_, i) => {
  if (i < 49) return 0;
  if (i < 51) return [0.4, 1][i - 49];
  return 0.3 * Math.exp((50 - i) / 500) * Math.sin(i * i);
});

describe('reverberate', () => {
  const click = new Float32Array(8000);
  click[1234] = 0.5;

  it('leaves the direct sound of a simulated room at its sample, and nothing before it', () => {
    for (let seed = 0; seed < 5; seed++) {
      const response = simulateRoom(drawRoom(ranges, new Random(seed)), RATE);
      const { samples } = reverberate({ samples: click, sampleRate: RATE }, response, 0);
      expect(samples.findIndex((value) => Math.abs(value) > 1e-6)).toBe(1234);
    }
  });

  it('leaves the direct sound of a recorded room at its sample, its rise before it', () => {
    const { samples } = reverberate({ samples: click, sampleRate: RATE }, recorded);
    const loudest = samples.reduce((at, value, i) => (Math.abs(value) > Math.abs(samples[at]) ? i : at), 0);
    expect(loudest).toBe(1234);
    expect(samples[1233] / samples[1234]).toBeCloseTo(0.4, 5);
    expect(samples.subarray(0, 1233).every((value) => Math.abs(value) < 1e-6)).toBe(true);
  });

  it('keeps length and loudness, whatever the loudness of the response', () => {
    const samples = gaussian(2 * RATE);
    for (const scale of [0.01, 1, 30]) {
      const response = recorded.map((value) => scale * value);
      const wet = reverberate({ samples, sampleRate: RATE }, response).samples;
      expect(wet).toHaveLength(samples.length);
      expect(Math.abs(decibels(power(wet) / power(samples)))).toBeLessThan(0.3);
    }
  });

  it('changes nothing by a silent response', () => {
    const pcm = { samples: click, sampleRate: RATE };
    expect(reverberate(pcm, new Float32Array(100))).toEqual(pcm);
    expect(reverberate(pcm, new Float32Array(0))).toEqual(pcm);
  });

  it.each(EXTREMES)('gives numbers for %s', (_, samples) => {
    const { samples: wet } = reverberate({ samples, sampleRate: RATE }, recorded);
    expect(wet).toHaveLength(samples.length);
    expect(wet.every(Number.isFinite)).toBe(true);
  });
});
