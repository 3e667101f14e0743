import { speechPower } from '@auricle/datasets';
import { describe, expect, it } from 'vitest';
import { decibels, power } from './measures.js';
import { gaussian, RATE } from './signals.js';

const speechOf = (...pieces: Float32Array[]) => ({
  samples: Float32Array.from(pieces.flatMap((piece) => [...piece])),
  sampleRate: RATE,
});

describe('speechPower', () => {
  const speech = gaussian(RATE);

  it('is the mean square where there are no pauses', () => {
    expect(speechPower({ samples: speech, sampleRate: RATE })).toBeCloseTo(power(speech), 10);
  });

  it.each([0, 1e-3, 5e-3])('leaves out pauses with a background of %f, however long', (deviation) => {
    const pause = gaussian(3 * RATE, 2, deviation);
    const measured = speechPower(speechOf(pause, speech, pause));
    expect(Math.abs(decibels(measured / power(speech)))).toBeLessThan(0.05);
  });

  it('counts softer speech as long as it lies less than 15.9 dB below the mean', () => {
    const softer = speech.map((value) => value / 4);
    const measured = speechPower(speechOf(speech, softer));
    expect(Math.abs(decibels(measured / (power(speech) * (1 + 1 / 16) * 0.5)))).toBeLessThan(0.05);
  });

  it('is not led astray by a click', () => {
    const clicking = speech.slice();
    clicking[5000] = 1;
    expect(decibels(speechPower({ samples: clicking, sampleRate: RATE }) / power(speech))).toBeLessThan(0.1);
  });

  it('knows the power of one sample, of silence and of none', () => {
    expect(speechPower({ samples: Float32Array.of(0.5), sampleRate: RATE })).toBe(0.25);
    expect(speechPower({ samples: new Float32Array(1000), sampleRate: RATE })).toBe(0);
    expect(speechPower({ samples: new Float32Array(0), sampleRate: RATE })).toBe(0);
  });
});
