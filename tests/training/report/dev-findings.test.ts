import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { characterTokens, encodeText, type TokenTable, wordErrorRate, wordTokens } from '@auricle/decoding';
import type { Recognised, Reference } from '@auricle/training';
import { ConfusionCounter } from '@auricle/training/report/confusions';
import { DevInspection, loadFindings, saveFindings, utterancesToPlot } from '@auricle/training/report/dev-findings';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const MEL_BINS = 4;
const MODEL = { melBins: MEL_BINS, subsampling: 4 } as const;
const TABLE = characterTokens(['a cat sat on the mat', 'dog']);

/** Silence of so many frames, said to be `text`. */
const referenceOf = (text: string, source: string, frames = 8, table: TokenTable = TABLE): Reference => ({
  example: { features: new Float32Array(frames * MEL_BINS).fill(-10), frames, labels: encodeText(table, text) },
  text,
  source,
});

const recognised = (reference: Reference, hypothesis: string, table: TokenTable = TABLE): Recognised => ({
  reference,
  hypothesis,
  tokens: encodeText(table, hypothesis),
  logProbs: new Float32Array((reference.example.frames / 4) * table.symbols.length).fill(
    -Math.log(table.symbols.length),
  ),
});

describe('confusions', () => {
  it('are counted over all pairs, with how often the unit was said or heard', () => {
    const counter = new ConfusionCounter();
    counter.add(['the', 'cat', 'sat'], ['the', 'mat', 'sat']);
    counter.add(['the', 'sat', 'cat'], ['sat', 'mat']);
    counter.add(['cat'], ['cat', 'on', 'on']);
    expect(counter.result).toEqual({
      substitutions: [{ said: 'cat', heard: 'mat', count: 2, of: 3 }],
      deletions: [{ unit: 'the', count: 1, of: 2 }],
      insertions: [{ unit: 'on', count: 2, of: 2 }],
      totals: { units: 7, substitutions: 2, deletions: 1, insertions: 2 },
    });
  });

  it('show the twenty most frequent and count all', () => {
    const counter = new ConfusionCounter();
    for (let unit = 1; unit <= 30; unit++)
      for (let i = 0; i < unit; i++) counter.add([`said-${unit}`], [`heard-${unit}`]);
    const { substitutions, totals } = counter.result;
    expect(substitutions.map(({ count }) => count)).toEqual(Array.from({ length: 20 }, (_, i) => 30 - i));
    expect(totals.substitutions).toBe((30 * 31) / 2);
  });

  it('take units for what they are, whatever their name', () => {
    const counter = new ConfusionCounter();
    counter.add(['__proto__', 'constructor'], ['constructor', 'toString']);
    expect(counter.result.totals).toMatchObject({ units: 2, substitutions: 2 });
  });
});

describe('an inspection', () => {
  it('agrees with the error rate, and lists the worst first', () => {
    const texts: [string, string][] = [
      ['a cat sat', 'a cat sat'],
      ['the cat sat on the mat', 'the mat on a mat'],
      ['a dog', 'dog dog dog'],
      ['on', ''],
    ];
    const inspection = new DevInspection(TABLE, MODEL, []);
    for (const [i, [said, heard]] of texts.entries()) inspection.add(recognised(referenceOf(said, `${i}.wav`), heard));
    const { words, tokens, worst, utterances } = inspection.findings(3, 70);
    const rate = wordErrorRate(texts.map(([reference, hypothesis]) => ({ reference, hypothesis })));
    expect(words.totals).toEqual({
      units: rate.referenceUnits,
      substitutions: rate.substitutions,
      deletions: rate.deletions,
      insertions: rate.insertions,
    });
    expect(utterances).toBe(4);
    expect(worst.map(({ source, errors, words: count }) => [source, errors, count])).toEqual([
      ['1.wav', 3, 6],
      ['2.wav', 2, 2],
      ['3.wav', 1, 1],
    ]);
    expect(worst[2].pairs).toEqual([['on', null]]);
    // Letters and the spaces between words.
    expect(tokens!.totals.units).toBe([...texts.map(([said]) => said).join('')].length);
  });

  it('holds twenty utterances of however many, and of a long one its beginning', () => {
    const inspection = new DevInspection(TABLE, MODEL, []);
    for (let i = 0; i < 200; i++)
      inspection.add(recognised(referenceOf('cat '.repeat(1 + ((i * 7) % 200)), `${i}.wav`), 'mat'));
    const { worst } = inspection.findings(1, 1);
    expect(worst.map(({ errors }) => errors)).toEqual(Array.from({ length: 20 }, (_, i) => 200 - i));
    const long = new DevInspection(TABLE, MODEL, []);
    long.add(recognised(referenceOf('cat '.repeat(500), 'long.wav'), 'cat '.repeat(499)));
    expect(long.findings(1, 1).worst[0]).toMatchObject({ errors: 1, words: 500, more: 300 });
    expect(long.findings(1, 1).worst[0].pairs).toHaveLength(200);
  });

  it('tells of tokens only where they are not words anyway', () => {
    const table = wordTokens(['cat dog']);
    const inspection = new DevInspection(table, MODEL, []);
    inspection.add(recognised(referenceOf('cat dog', 'x.wav', 8, table), 'dog', table));
    const { tokens, words } = inspection.findings(1, 1);
    expect([tokens, words.totals.deletions]).toEqual([undefined, 1]);
  });

  it('keeps the emissions of the utterances to plot, in their order', () => {
    const references = ['x', 'y', 'z'].map((name) => referenceOf('a cat', `${name}.wav`));
    const inspection = new DevInspection(TABLE, MODEL, [references[2], references[0]]);
    for (const reference of references) inspection.add(recognised(reference, 'cat'));
    const { emissions } = inspection.findings(1, 1);
    expect(emissions.map(({ source, hypothesis, frames }) => [source, hypothesis, frames])).toEqual([
      ['z.wav', 'cat', 2],
      ['x.wav', 'cat', 2],
    ]);
  });
});

describe('the utterances to plot', () => {
  const ofFrames = (...frames: number[]) => frames.map((count) => referenceOf('a', `${count}.wav`, count));
  const chosen = (references: Reference[]) => utterancesToPlot(references).map(({ source }) => source);

  it('are three of different durations, none of them long, the same ones whatever the order', () => {
    const references = ofFrames(4, 8, 12, 16, 20, 24, 28, 32, 4000);
    expect(chosen(references)).toEqual(['12.wav', '20.wav', '28.wav']);
    expect(chosen(references.reverse())).toEqual(['12.wav', '20.wav', '28.wav']);
  });

  it('are fewer where there are fewer, the shortest where all are long, and none without frames', () => {
    expect(chosen(ofFrames(8))).toEqual(['8.wav']);
    expect(chosen(ofFrames(8, 4))).toEqual(['4.wav', '8.wav']);
    expect(chosen(ofFrames(4000, 3000))).toEqual(['3000.wav']);
    expect(chosen(ofFrames(0))).toEqual([]);
  });
});

describe('the file of findings', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'auricle-findings-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('gives them back, and none where it is not there or not whole', async () => {
    const inspection = new DevInspection(TABLE, MODEL, [referenceOf('cat', 'x.wav')]);
    inspection.add(recognised(referenceOf('a dog', 'y.wav'), 'cat'));
    const findings = inspection.findings(2, 9);
    const path = join(folder, 'dev.json');
    expect(loadFindings(path)).toBeUndefined();
    saveFindings(path, findings);
    expect(loadFindings(path)).toEqual(findings);
    await writeFile(path, JSON.stringify(findings).slice(0, -1));
    expect(loadFindings(path)).toBeUndefined();
  });
});
