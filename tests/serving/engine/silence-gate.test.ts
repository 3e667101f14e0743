/** A gate in front of the model: silence costs no runs, and what is said is the same, at the same times. */
import { createEngine, type Engine, type Segment } from '@auricle/serving';
import { SilenceGate } from '@auricle/serving/silence-gate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIGITS, joinedDigits, seededRandom } from '../../client/fixtures/joined-digits.js';

describe('the gate', () => {
  const blank = { frames: 2, values: Float32Array.from([0, -9, 0, -9]) };
  const token = { frames: 2, values: Float32Array.from([0, -9, -9, 0]) };
  const chunk = (value: number) => new Float32Array(4).fill(value);
  const gateAfter = (chunks: number) => new SilenceGate({ chunks, blankId: 0, vocabulary: 2 });

  it('answers as the model did when enough chunks on end were silent to the ear and to the model', () => {
    const gate = gateAfter(2);
    for (const answer of [blank, token, blank]) {
      expect(gate.pass(chunk(0), true)).toBeUndefined();
      gate.answered(answer, true);
    }
    expect(gate.pass(chunk(0), true)).toBeUndefined();
    gate.answered(blank, true);
    expect(gate.pass(chunk(0), true)).toBe(blank);
    expect(gate.pass(chunk(0), false)).toBeUndefined();
  });

  it('has the model hear the silent chunk before the first one that is not', () => {
    const gate = gateAfter(1);
    gate.answered(blank, true);
    expect(gate.takePreRoll()).toBeUndefined();
    gate.pass(chunk(1), true);
    gate.pass(chunk(2), true);
    expect(gate.takePreRoll()).toEqual(chunk(2));
    expect(gate.takePreRoll()).toBeUndefined();
    gate.answered(token, false);
    expect(gate.pass(chunk(0), true)).toBeUndefined();
  });
});

describe('a stream behind it', () => {
  let gated: Engine;
  let plain: Engine;
  beforeAll(async () => {
    [gated, plain] = await Promise.all([
      createEngine({ bundle: DIGITS, silenceGate: true }),
      createEngine({ bundle: DIGITS }),
    ]);
  });
  afterAll(() => Promise.all([gated.close(), plain.close()]));

  async function hear(engine: Engine, samples: Float32Array, sampleRate: number) {
    let runs = 0;
    const stop = engine.observe({ batch: () => runs++ });
    const settled: number[] = [];
    const stream = engine.openStream({ sampleRate, onSettled: (seconds) => settled.push(seconds) });
    stream.push(samples);
    const { segments } = await stream.finish();
    stop();
    return { runs, settled, segments };
  }
  const said = (segments: readonly Segment[]) =>
    segments.map(({ text, words }) => [text, words.map(({ start, end }) => [start.toFixed(2), end.toFixed(2)])]);

  it('says the same words at the same times, ends its segments where it would, and costs fewer runs', async () => {
    const pause = 6;
    for (const seed of [1, 2, 3]) {
      const random = seededRandom(seed);
      const parts: Float32Array[] = [];
      let rate = 0;
      for (let i = 0; i < 4; i++) {
        const { samples, sampleRate } = await joinedDigits(5, random);
        const silence = Float32Array.from({ length: pause * sampleRate }, () => (random() - 0.5) * 5e-4);
        parts.push(samples, silence);
        rate = sampleRate;
      }
      const samples = Float32Array.from(parts.flatMap((part) => [...part]));
      const [expected, heard] = [await hear(plain, samples, rate), await hear(gated, samples, rate)];
      expect(expected.segments.length).toBeGreaterThan(3);
      expect(said(heard.segments)).toEqual(said(expected.segments));
      expect(heard.settled).toEqual(expected.settled);
      expect(heard.runs).toBeLessThan(0.75 * expected.runs);
    }
  });

  it('costs next to nothing in digital silence', async () => {
    const { runs, segments } = await hear(gated, new Float32Array(60 * 8000), 8000);
    expect(segments).toEqual([]);
    expect(runs).toBeLessThan(15);
  });
});
