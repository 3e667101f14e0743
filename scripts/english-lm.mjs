/** The shared English texts go in, a word n-gram model comes out that knows no run of words of a dev or test utterance:
 *  `node scripts/english-lm.mjs [corpora] [out] [manifests]` after `scripts/english-data.mjs`. Prints its perplexity on each dev split, which chose nothing. */
import { execFileSync } from 'node:child_process';
import { createWriteStream, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { normaliseText } from '@auricle/datasets/text/normalise';

const corpora = resolve(process.argv[2] ?? '../shared/corpora');
const out = resolve(process.argv[3] ?? 'runs/english-lm');
const manifests = resolve(process.argv[4] ?? 'runs/english-data');
/** A sentence that shares so many words in a row with a held-out utterance is left out, and so is one that holds a shorter one whole. */
const SHARED_WORDS = 6;
/** Counts below this are of words that nobody will say. */
const LEAST_COUNT = 2;
const FEWEST_WORDS = 2;

mkdirSync(out, { recursive: true });
const auricle = (...args) => execFileSync('node', ['cli/dist/main.js', ...args], { encoding: 'utf8' });
const plain = (text) => normaliseText(text, 'en').text;
const linesOf = (path) =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
const texts = (path) => linesOf(path).map((line) => JSON.parse(line).text);

const heldOut = readdirSync(manifests)
  .filter((name) => name.endsWith('.dev.jsonl') || name.endsWith('.test.jsonl'))
  .flatMap((name) => texts(join(manifests, name)));
const runsOf = (words) => {
  const length = Math.min(SHARED_WORDS, words.length);
  return Array.from({ length: words.length - length + 1 }, (_, i) => words.slice(i, i + length).join(' '));
};
const heldOutRuns = new Set(
  heldOut
    .map((text) => text.split(' '))
    .filter((words) => words.length > FEWEST_WORDS)
    .flatMap(runsOf),
);
const shortest = Math.min(SHARED_WORDS, ...[...heldOutRuns].map((run) => run.split(' ').length));
const isHeldOut = (words) => {
  for (let length = shortest; length <= SHARED_WORDS; length++)
    for (let i = 0; i + length <= words.length; i++)
      if (heldOutRuns.has(words.slice(i, i + length).join(' '))) return true;
  return false;
};

const sentences = new Intl.Segmenter('en', { granularity: 'sentence' });
/** Paragraphs are joined lines between empty ones. */
const sentencesOf = (text) =>
  text
    .split(/\n\s*\n/)
    .flatMap((paragraph) => [...sentences.segment(paragraph.replace(/\s+/g, ' '))].map(({ segment }) => segment));

const sources = [
  ...readdirSync(join(corpora, 'text/gutenberg')).map((name) => ({
    name,
    read: () => sentencesOf(readFileSync(join(corpora, 'text/gutenberg', name), 'utf8')),
  })),
  {
    name: 'LibriSpeech transcripts',
    read: () =>
      linesOf(join(corpora, 'text/librispeech_train-clean-100_refs.txt')).map((line) => line.replace(/^\S+ /, '')),
  },
  {
    name: 'LJSpeech sentences',
    read: () => linesOf(join(corpora, 'text/ljspeech_metadata.csv')).map((line) => line.split('|')[2]),
  },
  ...readdirSync(manifests)
    .filter((name) => name.endsWith('.train.jsonl') && !/commands|fsdd|synthetic|librispeech|ljspeech/.test(name))
    .map((name) => ({ name, read: () => texts(join(manifests, name)) })),
];
const textPath = join(out, 'text.txt');
const text = createWriteStream(textPath);
let words = 0;
for (const { name, read } of sources) {
  let [kept, shared] = [0, 0];
  for (const sentence of read()) {
    const line = plain(sentence ?? '');
    const parts = line.split(' ');
    if (line === '') continue;
    if (isHeldOut(parts)) {
      shared++;
      continue;
    }
    kept++;
    words += parts.length;
    text.write(`${line}\n`);
  }
  console.log(`${name}: ${kept} sentences, ${shared} left out for words they share with held-out speech`);
}
await new Promise((done) => text.end(done));
console.log(`${words} words in all`);

// Words of all LibriSpeech training books with their counts: a unigram model that knows four times as many words.
const counts = linesOf(join(corpora, 'text/librispeech_word_counts.txt'))
  .map((line) => line.split('\t'))
  .map(([word, count]) => [plain(word), Number(count)])
  .filter(([word, count]) => count >= LEAST_COUNT && word !== '' && !word.includes(' '));
const byWord = new Map();
for (const [word, count] of counts) byWord.set(word, (byWord.get(word) ?? 0) + count);
const unknown = 100;
// A sentence end every 20 words or so.
const ends = [...byWord.values()].reduce((a, b) => a + b, 0) / 20;
const total = [...byWord.values()].reduce((a, b) => a + b, 0) + ends + unknown;
const log = (count) => Math.log10(count / total).toFixed(6);
const unigrams = [
  `${log(unknown)}\t<unk>`,
  '-99\t<s>',
  `${log(ends)}\t</s>`,
  ...[...byWord].map(([word, count]) => `${log(count)}\t${word}`),
];
const arpa = `\\data\\\nngram 1=${unigrams.length}\n\n\\1-grams:\n${unigrams.join('\n')}\n\n\\end\\\n`;
writeFileSync(join(out, 'counts.arpa'), arpa);

console.log(auricle('lm', 'build', '--order', '3', '--bits', '32', textPath, join(out, 'books.lm')));
/** Of the books; set beforehand, for no held-out text may choose it. */
const WEIGHT = '0.9';
const parts = [join(out, 'books.lm'), join(out, 'counts.arpa')];
console.log(auricle('lm', 'interpolate', ...parts, join(out, 'en.lm'), '--weight', WEIGHT));
for (const name of readdirSync(manifests).filter((file) => file.endsWith('.dev.jsonl'))) {
  const path = join(out, name.replace('.jsonl', '.txt'));
  writeFileSync(path, texts(join(manifests, name)).join('\n'));
  console.log(name, auricle('lm', 'perplexity', join(out, 'en.lm'), path).trim());
}
