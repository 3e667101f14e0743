/** The shared corpora go in, the normalised English training and dev manifests and a vocabulary of parts of words come out: no training text
 *  is one of a dev split. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const corpora = resolve(process.argv[2] ?? '../shared/corpora');
const out = resolve(process.argv[3] ?? 'runs/english-data');
const CORPORA = [
  'librispeech',
  'speechocean762',
  'cmu_arctic',
  'rhasspy_kathleen_en',
  'ljspeech_subset',
  'vctk_p239',
  'speech_commands',
  'fsdd',
  'synthetic_kokoro_en',
];
/** Shorter texts are single commands and digits, which every speaker says. */
const FEWEST_WORDS = 3;

/** Tokens, the blank among them. */
const VOCABULARY = '256';

mkdirSync(out, { recursive: true });
const data = (...args) =>
  execFileSync('node', ['cli/dist/main.js', 'data', ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
const normalise = (corpus, split) => {
  const path = join(out, `${corpus}.${split}.jsonl`);
  data('normalise', join(corpora, corpus, `${split}.jsonl`), path, '--language', 'en');
  return path;
};
const lines = (path) => readFileSync(path, 'utf8').trimEnd().split('\n').map(JSON.parse);
const write = (path, records) => writeFileSync(path, records.map((r) => `${JSON.stringify(r)}\n`).join(''));

const heldOut = new Set();
const withDev = CORPORA.filter((corpus) => existsSync(join(corpora, corpus, 'dev.jsonl')));
for (const corpus of withDev) for (const { text } of lines(normalise(corpus, 'dev'))) heldOut.add(text);
for (const corpus of CORPORA) {
  const path = normalise(corpus, 'train');
  const all = lines(path);
  const kept = all.filter(({ text }) => text.split(' ').length < FEWEST_WORDS || !heldOut.has(text));
  write(path, kept);
  const hours = kept.reduce((sum, { duration }) => sum + duration, 0) / 3600;
  console.log(`${corpus}: ${kept.length} of ${all.length} utterances, ${hours.toFixed(2)} h`);
}
const train = CORPORA.map((corpus) => join(out, `${corpus}.train.jsonl`));
data('vocab', '--kind', 'bpe', '--size', VOCABULARY, ...train, out);
