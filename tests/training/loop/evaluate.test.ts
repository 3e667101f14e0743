import { fbank } from '@auricle/audio';
import { characterTokens, encodeText, wordTokens } from '@auricle/decoding';
import { checkTrainConfig, evaluateEngine, initialState, type Reference, type TrainingEngine } from '@auricle/training';
import { encoderFrames } from '@auricle/training/data/example';
import { describe, expect, it } from 'vitest';

const MEL_BINS = 80;
const config = checkTrainConfig(
  {
    name: 'test',
    epochs: 1,
    evaluateChunk: 4,
    data: { train: ['a'], dev: ['b'] },
    model: { leftContext: 8 },
    batches: { chunks: [4, 8], framesPerBatch: 520 },
  },
  'test',
);
const tokens = characterTokens(['lo hi']);

/** A tone of its own pitch and length for each text, so that an engine can tell them apart. */
const referencesOf = (texts: readonly string[]): Reference[] =>
  texts.map((text, i) => {
    const tone = Float32Array.from({ length: 12_840 + 1111 * i }, (_, t) => 0.3 * Math.sin(t * (0.1 + 0.05 * i)));
    const features = fbank(tone);
    return { example: { features, frames: features.length / MEL_BINS, labels: encodeText(tokens, text) }, text };
  });

interface Call {
  rows: number;
  frames: number;
  chunk: number;
  /** utterances in its rows */
  members: number[];
}

/** An engine that hears `heard[i]` in utterance i, a frame a token with blanks between, and nonsense in the padding. */
function hearing(references: readonly Reference[], heard: readonly string[], table = tokens) {
  const examples = references.map(({ example }) => example);
  const calls: Call[] = [];
  const nonsense = table.symbols.length - 1;
  const engine: TrainingEngine = {
    name: 'fake',
    spec: { config: config.model, vocabulary: table.symbols.length, features: { mean: [], deviation: [] } },
    stepsDone: 0,
    readState: async () => initialState(new Float32Array(0)),
    writeState: async () => {},
    step: () => Promise.reject(new Error('an evaluation never trains')),
    close: () => Promise.resolve(),
    logProbs: async (features, rows, chunk) => {
      const rowSize = features.length / rows;
      const length = rowSize / MEL_BINS / 4;
      const logProbs = new Float32Array(rows * length * table.symbols.length).fill(Math.log(0.01));
      const members: number[] = [];
      for (let row = 0; row < rows; row++) {
        const start = features.subarray(row * rowSize, row * rowSize + 20 * MEL_BINS);
        const member = examples.findIndex((e) => start.every((v, i) => v === e.features[i]));
        if (member >= 0) members.push(member);
        const path = new Array<number>(length).fill(nonsense);
        if (member >= 0) {
          path.fill(table.blankId, 0, encoderFrames(examples[member].frames, 4));
          encodeText(table, heard[member]).forEach((token, i) => {
            path[2 * i] = token;
          });
        }
        path.forEach((token, t) => {
          logProbs[(row * length + t) * table.symbols.length + token] = Math.log(0.9);
        });
      }
      calls.push({ rows, frames: rowSize / MEL_BINS, chunk, members });
      return logProbs;
    },
  };
  return { engine, calls };
}

describe('evaluateEngine', () => {
  it('gives the error rates of what the engine hears, summed over all utterances', async () => {
    const references = referencesOf(['lo hi', 'hi', 'hi lo lo', 'lo']);
    const { engine } = hearing(references, ['lo hi', 'lo', 'hi lo', 'lo hi']);
    const { words, characters, texts } = await evaluateEngine(engine, config, tokens, references);
    expect(words).toMatchObject({
      substitutions: 1,
      deletions: 1,
      insertions: 1,
      referenceUnits: 7,
      exact: 1,
      utterances: 4,
    });
    expect(words.rate).toBeCloseTo(3 / 7);
    expect(characters.referenceUnits).toBe(17);
    expect(characters.rate).toBeCloseTo((2 + 3 + 3) / 17);
    expect(texts).toContainEqual({ reference: 'hi lo lo', hypothesis: 'hi lo' });
  });

  it('pairs each utterance with its own text, whatever batch and row it came to', async () => {
    const said = Array.from({ length: 17 }, (_, i) => (i % 3 === 0 ? 'lo hi' : i % 3 === 1 ? 'hi' : 'lo'));
    const heard = said.map((_, i) => 'lo hi hi lo'.slice(0, 2 + 3 * (i % 4)));
    const references = referencesOf(said);
    const { engine, calls } = hearing(references, heard);
    const { texts } = await evaluateEngine(engine, config, tokens, references);
    const sorted = (pairs: { reference: string; hypothesis: string }[]) => pairs.map((p) => JSON.stringify(p)).sort();
    expect(sorted(texts)).toEqual(sorted(said.map((reference, i) => ({ reference, hypothesis: heard[i] }))));
    expect(calls.flatMap((call) => call.members).sort((a, b) => a - b)).toEqual(said.map((_, i) => i));
  });

  it('is exact where all is heard, and does not listen to the padding', async () => {
    const references = referencesOf(['lo', 'hi', 'lo hi']);
    const { engine } = hearing(references, ['lo', 'hi', 'lo hi']);
    const { words, characters } = await evaluateEngine(engine, config, tokens, references);
    expect([words.rate, characters.rate, words.exact]).toEqual([0, 0, 3]);
  });

  it('asks for batches of few shapes, within the frames a batch may have, at the chunk of the recipe', async () => {
    const references = referencesOf(Array.from({ length: 17 }, () => 'lo'));
    const { engine, calls } = hearing(
      references,
      references.map(() => 'lo'),
    );
    await evaluateEngine(engine, config, tokens, references);
    for (const { rows, frames, chunk } of calls) {
      expect(chunk).toBe(4);
      expect(frames % 32).toBe(0);
      expect(rows === 1 || rows * frames <= 520, `${rows} rows of ${frames} frames`).toBe(true);
    }
    expect(new Set(calls.map(({ rows, frames }) => `${rows}x${frames}`)).size).toBeLessThanOrEqual(3);
  });

  it('lets each utterance attend to all of itself when asked to', async () => {
    const references = referencesOf(['lo', 'hi', 'lo hi lo']);
    const { engine, calls } = hearing(references, ['lo', 'hi', 'lo hi lo']);
    await evaluateEngine(engine, config, tokens, references, undefined, 'full');
    for (const { frames, chunk } of calls) expect(chunk).toBe(frames / 4);
  });

  it('counts utterances that no path could spell: they are part of the data', async () => {
    const references = referencesOf(['lo hi lo hi lo hi lo hi lo hi lo hi', 'hi']);
    const { engine } = hearing(references, ['lo', 'hi']);
    expect((await evaluateEngine(engine, config, tokens, references)).words).toMatchObject({
      referenceUnits: 13,
      deletions: 11,
      exact: 1,
      utterances: 2,
    });
  });

  it('spells by the vocabulary of the model', async () => {
    const words = wordTokens(['lo hi']);
    const references = referencesOf(['lo hi']);
    const { engine } = hearing(references, ['hi lo hi'], words);
    const { texts } = await evaluateEngine(engine, config, words, references);
    expect(texts).toEqual([{ reference: 'lo hi', hypothesis: 'hi lo hi' }]);
  });

  it('does not take figures that are no numbers for silence', async () => {
    const references = referencesOf(['lo']);
    const { engine } = hearing(references, ['lo']);
    engine.logProbs = async (features, rows) =>
      new Float32Array((features.length / rows / MEL_BINS / 4) * rows * tokens.symbols.length).fill(Number.NaN);
    await expect(evaluateEngine(engine, config, tokens, references)).rejects.toMatchObject({
      code: 'AUR_DECODING_NAN',
    });
  });
});
