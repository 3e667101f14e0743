/** CMUdict, the words of the language model and of the English training manifests go in, how they are said and a vocabulary of parts of that come out:
 *  `node scripts/english-lexicon.mjs [corpora] [manifests] [language model] [out]` after `scripts/english-data.mjs` and `scripts/english-lm.mjs`. Words that
 *  CMUdict lacks are guessed. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { formatLexicon, GraphemeToPhoneme, loadModel } from '@auricle/decoding';

const corpora = resolve(process.argv[2] ?? '../shared/corpora');
const manifests = resolve(process.argv[3] ?? 'runs/english-data');
const languageModel = resolve(process.argv[4] ?? 'runs/english-lm/en.lm');
const out = resolve(process.argv[5] ?? 'runs/english-lexicon');

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
const training = readdirSync(manifests).filter((name) => name.endsWith('.train.jsonl'));
const lm = await loadModel(languageModel);
const words = new Set(Array.from({ length: lm.words }, (_, id) => lm.word(id)).filter((word) => !word.startsWith('<')));
for (const name of training)
  for (const line of readFileSync(join(manifests, name), 'utf8').trimEnd().split('\n'))
    for (const word of JSON.parse(line).text.split(' ')) words.add(word);
const lexicon = new Map(
  [...words].sort().flatMap((word) => {
    const spellings = said(word);
    return spellings.length > 0 ? [[word, spellings]] : [];
  }),
);
writeFileSync(join(out, 'lexicon.txt'), formatLexicon(lexicon));
const guessed = [...lexicon.keys()].filter((word) => !dictionary.has(word)).length;
console.log(`lexicon.txt: ${lexicon.size} words, ${guessed} of them not in CMUdict`);

// Single words would make tokens of themselves.
const running = training.filter((name) => !/commands|fsdd/.test(name)).map((name) => join(manifests, name));
const vocabulary = ['data', 'vocab', '--kind', 'bpe', '--size', VOCABULARY, '--lexicon', join(out, 'lexicon.txt')];
execFileSync('node', ['cli/dist/main.js', ...vocabulary, ...running, out], { stdio: 'inherit' });
