/** CMUdict and the words of the English manifests and texts go in, a lexicon of characters comes out, and the manifests with texts as they are said:
 *  `node scripts/english-lexicon.mjs [corpora] [manifests] [language model] [out]` after `scripts/english-data.mjs` and `scripts/english-lm.mjs`. Words that
 *  CMUdict lacks are guessed. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { formatLexicon, GraphemeToPhoneme, loadModel, pronounce } from '@auricle/decoding';

const corpora = resolve(process.argv[2] ?? '../shared/corpora');
const manifests = resolve(process.argv[3] ?? 'runs/english-data');
const languageModel = resolve(process.argv[4] ?? 'runs/english-lm/en.lm');
const out = resolve(process.argv[5] ?? 'runs/english-said');

/** One character a sound, that of the IPA where it has one for it. */
const SOUNDS = {
  AA: 'ɑ',
  AE: 'æ',
  AH: 'ʌ',
  AO: 'ɔ',
  AW: 'ȧ',
  AY: 'ī',
  B: 'b',
  CH: 'ʧ',
  D: 'd',
  DH: 'ð',
  EH: 'ɛ',
  ER: 'ɝ',
  EY: 'ā',
  F: 'f',
  G: 'g',
  HH: 'h',
  IH: 'ɪ',
  IY: 'i',
  JH: 'ʤ',
  K: 'k',
  L: 'l',
  M: 'm',
  N: 'n',
  NG: 'ŋ',
  OW: 'ō',
  OY: 'ȯ',
  P: 'p',
  R: 'r',
  S: 's',
  SH: 'ʃ',
  T: 't',
  TH: 'θ',
  UH: 'ʊ',
  UW: 'u',
  V: 'v',
  W: 'w',
  Y: 'j',
  Z: 'z',
  ZH: 'ʒ',
};
/** Unstressed, the vowel of "but" is that of "about". */
const soundOf = (phone) => (phone === 'AH0' ? 'ə' : SOUNDS[phone.replace(/\d/, '')]);
const SIBILANT = /[szʃʒʧʤ]$/u;
const VOICELESS = /[ptkfθ]$/u;
/** Tokens, the blank among them. */
const VOCABULARY = '192';

const dictionary = new Map();
for (const line of readFileSync(join(corpora, 'text/cmudict.dict'), 'utf8').split('\n')) {
  const [entry, ...phones] = line.split('#')[0].trim().split(/\s+/);
  const word = entry.replace(/\(\d+\)$/, '');
  if (!/^[a-z']+$/.test(word)) continue;
  const spelling = phones.map(soundOf).join('');
  const known = dictionary.get(word) ?? [];
  if (!known.includes(spelling)) dictionary.set(word, [...known, spelling]);
}
const guesses = new GraphemeToPhoneme(new Map([...dictionary].filter(([word]) => !/^'|'$/.test(word))));
const said = (word) => {
  const known = dictionary.get(word);
  if (known) return known;
  const owner = /^(.+)'s$/.exec(word)?.[1];
  if (owner)
    return said(owner).map((spelling) => {
      if (SIBILANT.test(spelling)) return `${spelling}ɪz`;
      return spelling + (VOICELESS.test(spelling) ? 's' : 'z');
    });
  return guesses.guess(word.replaceAll("'", ''));
};

mkdirSync(out, { recursive: true });
const files = readdirSync(manifests).filter((name) => name.endsWith('.jsonl'));
const linesOf = (name) => readFileSync(join(manifests, name), 'utf8').trimEnd().split('\n').map(JSON.parse);
const lm = await loadModel(languageModel);
const words = new Set(Array.from({ length: lm.words }, (_, id) => lm.word(id)).filter((word) => !word.startsWith('<')));
for (const name of files) for (const { text } of linesOf(name)) for (const word of text.split(' ')) words.add(word);
const lexicon = new Map();
for (const word of [...words].sort()) {
  const spellings = said(word);
  if (spellings.length > 0) lexicon.set(word, spellings);
}
/** Dev transcripts are spelled as well, but the lexicon that ships has no word from them. */
const known = (word) => lm.id(word) !== 0;
writeFileSync(join(out, 'lexicon.txt'), formatLexicon(new Map([...lexicon].filter(([word]) => known(word)))));
const guessed = [...lexicon.keys()].filter((word) => known(word) && !dictionary.has(word)).length;
console.log(`lexicon.txt: ${[...lexicon.keys()].filter(known).length} words, ${guessed} of them guessed`);

for (const name of files) {
  const records = linesOf(name).map(({ text, audio_filepath, ...record }) => ({
    ...record,
    audio_filepath: relative(out, resolve(manifests, audio_filepath)),
    text: pronounce(lexicon, text),
    text_words: text,
  }));
  writeFileSync(join(out, name), records.map((record) => `${JSON.stringify(record)}\n`).join(''));
}
// Single words would make tokens of themselves.
const running = files.filter((name) => name.endsWith('.train.jsonl') && !/commands|fsdd/.test(name));
execFileSync('node', [
  'cli/dist/main.js',
  'data',
  'vocab',
  '--kind',
  'bpe',
  '--size',
  VOCABULARY,
  ...running.map((name) => join(out, name)),
  out,
]);
