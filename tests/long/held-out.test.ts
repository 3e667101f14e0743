/** Nothing of a dev or test split is in what the bundled models learn from: neither its recordings nor, beyond single commands, its texts; and the
 *  language model knows no run of its words. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { corpusFolder } from '../fixtures/corpora.js';

const corpora = corpusFolder('.');
const ROOT = resolve(import.meta.dirname, '../..');
/** Every speaker of a corpus of commands says the same ones. */
const FEWEST_WORDS = 3;
/** So many words in a row are no accident. */
const SHARED_WORDS = 6;

interface Line {
  audio_filepath?: string;
  /** of corpora that give frames in place of audio */
  features_filepath?: string;
  text: string;
}
const linesOf = (path: string): Line[] =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
const isSentence = (text: string) => text.split(' ').length >= FEWEST_WORDS;

describe.skipIf(!corpora)('held-out splits', () => {
  const out = mkdtempSync(join(tmpdir(), 'auricle-held-out-'));
  const manifests = join(out, 'data');
  const script = (name: string, ...args: string[]) =>
    execFileSync('node', [join('scripts', name), resolve(corpora!), ...args], { cwd: ROOT, stdio: 'ignore' });
  let held: Line[] = [];
  beforeAll(() => {
    script('english-data.mjs', manifests);
    held = splits(manifests, 'dev');
  });
  afterAll(() => rmSync(out, { recursive: true }));

  /** Every line of one split of all corpora. */
  const splits = (folder: string, split: string) =>
    readdirSync(folder)
      .filter((name) => name.endsWith(`.${split}.jsonl`))
      .flatMap((name) => linesOf(join(folder, name)));

  it('share no recording with a training split, of any corpus', () => {
    const digests = (split: string) =>
      readdirSync(corpora!)
        .filter((corpus) => existsSync(join(corpora!, corpus, `${split}.jsonl`)))
        .flatMap((corpus) =>
          linesOf(join(corpora!, corpus, `${split}.jsonl`)).map((line) => {
            const path = resolve(corpora!, corpus, (line.audio_filepath ?? line.features_filepath)!);
            return { path, digest: createHash('sha256').update(readFileSync(path)).digest('hex') };
          }),
        );
    const learned = new Map(digests('train').map(({ path, digest }) => [digest, path]));
    const heldOut = [...digests('dev'), ...digests('test')];
    expect(heldOut.length).toBeGreaterThan(1000);
    expect(heldOut.filter(({ digest }) => learned.has(digest))).toEqual([]);
  });

  it('share no sentence with what the English model learns from', () => {
    const sentences = new Set(held.map(({ text }) => text).filter(isSentence));
    expect(sentences.size).toBeGreaterThan(500);
    expect(splits(manifests, 'train').filter(({ text }) => sentences.has(text))).toEqual([]);
  });

  it('share no run of words with what the English language model learns from', () => {
    const lm = join(out, 'lm');
    script('english-lm.mjs', lm, manifests);
    const learned = new Set<string>();
    for (const line of readFileSync(join(lm, 'text.txt'), 'utf8').split('\n'))
      for (const run of runsOf(line.split(' '), SHARED_WORDS)) learned.add(run);
    expect(learned.size).toBeGreaterThan(1_000_000);
    const heldOut = held.flatMap(({ text }) => runsOf(text.split(' '), SHARED_WORDS));
    expect(heldOut.length).toBeGreaterThan(1000);
    expect(heldOut.filter((run) => learned.has(run))).toEqual([]);
  });
});

/** Of shorter sentences the whole. */
function runsOf(words: string[], length: number): string[] {
  if (words.length < FEWEST_WORDS) return [];
  const size = Math.min(length, words.length);
  return Array.from({ length: words.length - size + 1 }, (_, i) => words.slice(i, i + size).join(' '));
}
