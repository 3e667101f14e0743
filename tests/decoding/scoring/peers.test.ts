/** Our figures beside those of jiwer, sclite and sc_stats: on pairs that are kept here, and on new ones where the programs are installed. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Random } from '@auricle/datasets';
import {
  type Alignment,
  alignWords,
  characterErrorRate,
  countEdits,
  type EditCounts,
  matchedPairs,
  wordErrorRate,
} from '@auricle/decoding';
import { beforeAll, describe, expect, it } from 'vitest';

const SCRIPT = join(import.meta.dirname, '../fixtures/scoring-golden.py');
const ROOT = join(import.meta.dirname, '../../..');
const venv = join(ROOT, '.cache/venv/bin/python');
const python = process.env.AURICLE_PYTHON ?? (existsSync(venv) ? venv : 'python3');
const sctk = process.env.SCTK_BIN ?? '/usr/lib/sctk/bin';

/** Correct, substitutions, deletions, insertions. */
type Counts = [number, number, number, number];

interface Figures {
  /** over the references that are not empty */
  jiwerRate: number;
  jiwerCharacterRate: number;
  /** of the first system less the second, rounded to thousandths */
  mapsswe: { segments: number; mean: number; standardDeviation: number; z: number; differs: boolean };
  utterances: {
    reference: string;
    first: string;
    second: string;
    /** of the first; not of an empty reference */
    jiwerWords: Counts | null;
    jiwerCharacters: Counts | null;
    /** a letter a step: C, S, D, I */
    scliteFirst: string;
    scliteSecond: string;
  }[];
}

const words = (text: string) => text.split(' ').filter((word) => word !== '');
const listed = ({ correct, substitutions, deletions, insertions }: EditCounts): Counts => [
  correct,
  substitutions,
  deletions,
  insertions,
];
const steps = ({ pairs }: Alignment) =>
  pairs.map(([said, heard]) => (said === undefined ? 'I' : heard === undefined ? 'D' : said === heard ? 'C' : 'S'));

function expectJiwers({ utterances, jiwerRate, jiwerCharacterRate }: Figures) {
  const spoken = utterances.filter(({ reference }) => reference !== '');
  for (const { reference, first, jiwerWords, jiwerCharacters } of spoken) {
    const pair = `${reference} | ${first}`;
    expect([pair, ...listed(alignWords(words(reference), words(first)))]).toEqual([pair, ...jiwerWords!]);
    expect([pair, ...listed(countEdits([...reference], [...first]))]).toEqual([pair, ...jiwerCharacters!]);
  }
  const pairs = spoken.map(({ reference, first }) => ({ reference, hypothesis: first }));
  expect(wordErrorRate(pairs).rate).toBe(jiwerRate);
  expect(characterErrorRate(pairs).rate).toBe(jiwerCharacterRate);
}

function expectSclites({ utterances }: Figures) {
  for (const { reference, first, second, ...expected } of utterances) {
    const said = words(reference);
    expect([said, first, steps(alignWords(said, words(first), 'sclite')).join('')]).toEqual([
      said,
      first,
      expected.scliteFirst,
    ]);
    expect([said, second, steps(alignWords(said, words(second), 'sclite')).join('')]).toEqual([
      said,
      second,
      expected.scliteSecond,
    ]);
  }
}

function expectScStats({ utterances, mapsswe }: Figures) {
  const [first, second] = (['first', 'second'] as const).map((system) =>
    utterances.map((u, i) => ({
      id: String(i),
      words: alignWords(words(u.reference), words(u[system]), 'sclite'),
    })),
  );
  const ours = matchedPairs(first, second);
  expect(ours.segments).toBe(mapsswe.segments);
  for (const figure of ['mean', 'standardDeviation', 'z'] as const)
    expect(Math.abs(ours[figure] - mapsswe[figure]), figure).toBeLessThan(0.00051);
  expect(ours.p < 0.05).toBe(mapsswe.differs);
}

describe('scores on kept pairs', () => {
  let sets: ({ name: string } & Figures)[];
  beforeAll(async () => {
    ({ sets } = JSON.parse(await readFile(join(import.meta.dirname, '../fixtures/scoring-golden.json'), 'utf8')));
    expect(sets.length).toBeGreaterThan(0);
  });

  it("have jiwer's counts of words and of characters", () => {
    for (const set of sets) expectJiwers(set);
  });

  it("have sclite's alignments, step by step", () => {
    for (const set of sets) expectSclites(set);
  });

  it("have sc_stats' matched-pairs test", () => {
    for (const set of sets) expectScStats(set);
  });
});

describe('scores on new pairs', () => {
  it("are jiwer's, sclite's and sc_stats'", ({ skip }) => {
    const missing = existsSync(join(sctk, 'sclite')) ? '' : `no sclite in ${sctk} (SCTK_BIN names another folder)`;
    const hasJiwer = spawnSync(python, ['-c', 'import jiwer']).status === 0;
    if (missing !== '' || !hasJiwer) {
      console.log(`skipped: ${missing || `no jiwer in ${python} (AURICLE_PYTHON names another)`}`);
      skip();
    }
    const triples = newTriples(400);
    const { stdout, stderr } = spawnSync(python, [SCRIPT, '--stdin'], {
      input: JSON.stringify(triples),
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    });
    expect(stderr).toBe('');
    const figures: Figures = JSON.parse(stdout);
    expect(figures.utterances).toHaveLength(400);
    expectJiwers(figures);
    expectSclites(figures);
    expectScStats(figures);
  });
});

/** Short ones, and two that are long enough to need only a band of the matrix. */
function newTriples(count: number): string[][] {
  const random = new Random(20782);
  return Array.from({ length: count }, (_, i) => {
    const vocabulary = random.integer(2, 9);
    const text = (least: number, most: number) =>
      Array.from({ length: random.integer(least, most) }, () => `w${random.integer(1, vocabulary)}`);
    const said = i < 2 ? text(500, 700) : text(0, 24);
    const heard = (rate: number) => said.flatMap((word) => (random.uniform() > rate ? [word] : text(0, 2)));
    // A few that have nothing to do with the reference.
    const first = i >= 2 && random.uniform() < 0.2 ? text(0, 24) : heard(0.3);
    return [said, first, heard(0.2)].map((words) => words.join(' '));
  });
}
