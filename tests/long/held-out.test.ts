/** Nothing of a dev or test split is in what the bundled models learn from: neither its recordings nor, beyond single commands, its texts; and the
 *  language model knows no run of its words. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { readManifest, resolvePath, type Utterance } from '@auricle/datasets';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { corpusFolder } from '../fixtures/corpora.js';

const corpora = corpusFolder('.');
const ROOT = resolve(import.meta.dirname, '../..');
/** Every speaker of a corpus of commands says the same ones. */
const FEWEST_WORDS = 3;
/** So many words in a row are no accident. */
const SHARED_WORDS = 6;

const isSentence = (text: string) => text.split(' ').length >= FEWEST_WORDS;

describe.skipIf(!corpora)('held-out splits', () => {
  const out = mkdtempSync(join(tmpdir(), 'auricle-held-out-'));
  const manifests = join(out, 'data');
  const script = (name: string, ...args: string[]) =>
    execFileSync('node', [join('scripts', name), resolve(corpora!), ...args], { cwd: ROOT, stdio: 'ignore' });
  let held: Utterance[] = [];
  beforeAll(async () => {
    script('english-data.mjs', manifests);
    held = await splits('dev');
  });
  afterAll(() => rmSync(out, { recursive: true }));

  const splits = async (split: string) => {
    const names = readdirSync(manifests).filter((name) => name.endsWith(`.${split}.jsonl`));
    return (await Promise.all(names.map((name) => readManifest(join(manifests, name))))).flat();
  };

  it('share no recording with a training split, of any corpus', async () => {
    const digests = async (split: string) => {
      const paths = readdirSync(corpora!)
        .map((corpus) => join(corpora!, corpus, `${split}.jsonl`))
        .filter(existsSync);
      const utterances = await Promise.all(
        paths.map(async (path) => (await readManifest(path)).map((utterance) => resolvePath(path, utterance))),
      );
      return utterances.flat().map((path) => ({ path, digest: digestOf(path) }));
    };
    const learned = new Map((await digests('train')).map(({ path, digest }) => [digest, path]));
    const heldOut = [...(await digests('dev')), ...(await digests('test'))];
    expect(heldOut.length).toBeGreaterThan(1000);
    expect(heldOut.filter(({ digest }) => learned.has(digest))).toEqual([]);
  });

  it('share no sentence with what the English model learns from', async () => {
    const sentences = new Set(held.map(({ text }) => text).filter(isSentence));
    expect(sentences.size).toBeGreaterThan(500);
    expect((await splits('train')).filter(({ text }) => sentences.has(text))).toEqual([]);
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

const digestOf = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');

/** Of shorter sentences the whole. */
function runsOf(words: string[], length: number): string[] {
  if (words.length < FEWEST_WORDS) return [];
  const size = Math.min(length, words.length);
  return Array.from({ length: words.length - size + 1 }, (_, i) => words.slice(i, i + size).join(' '));
}
