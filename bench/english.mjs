// Word error rates of an English bundle on every dev split, with a language model and, where its tokens spell words, greedily, beside pocketsphinx on the
// same audio:
//   node bench/english.mjs models/en-small [--lm FILE] [--alpha 0.5] [--beta 1] [--beam 16] [--only librispeech,cmu_arctic] [--peer]
// after scripts/english-data.mjs. Without --lm the bundle's own language model is used. What each heard is kept in runs/english/, for `auricle score` and `auricle compare`;
// what pocketsphinx heard before is not heard again. With --peer it is installed by `npm run setup:peers` first; it needs ffmpeg.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { compared } from './comparison.mjs';
import { PYTHON } from './run/needs.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    lm: { type: 'string' },
    alpha: { type: 'string' },
    beta: { type: 'string' },
    beam: { type: 'string' },
    only: { type: 'string' },
    peer: { type: 'boolean', default: false },
  },
});
const [bundle] = positionals;
if (!bundle)
  throw new Error(
    'usage: node bench/english.mjs BUNDLE [--lm FILE] [--alpha 0.5] [--beta 1] [--beam 16] [--only SPLITS] [--peer]',
  );
const MANIFESTS = 'runs/english-data';
const OUT = 'runs/english';
const SUFFIX = '.dev.jsonl';
mkdirSync(OUT, { recursive: true });

const auricle = (...args) => execFileSync(process.execPath, ['cli/bin/auricle.js', ...args], { encoding: 'utf8' });
const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));

const { lexicon, languageModel } = readJson(join(bundle, 'bundle.json'));
const model = values.lm ?? languageModel?.file;
const wide = ['beam', 'lm', 'alpha', 'beta'].flatMap((name) => (values[name] ? [`--${name}`, values[name]] : []));

/** How each system's error rates of a manifest come about. */
const systems = {
  ...(!lexicon && { greedy: (manifest, to) => evaluated(manifest, to) }),
  ...(model && { [basename(model)]: (manifest, to) => evaluated(manifest, to, ...wide) }),
  ...(values.peer && { pocketsphinx: heardByPeer }),
};

function evaluated(manifest, to, ...options) {
  auricle('evaluate', manifest, '--model', bundle, '--hypotheses', `${to}.jsonl`, '--json', `${to}.json`, ...options);
  return readJson(`${to}.json`);
}

function heardByPeer(manifest, to) {
  const heard = `${to}.jsonl`;
  if (!existsSync(heard)) {
    execFileSync(PYTHON, ['bench/pocketsphinx-peer.py', manifest, `${heard}.partial`], { stdio: 'inherit' });
    renameSync(`${heard}.partial`, heard);
  }
  auricle('score', manifest, heard, '--json', `${to}.json`);
  return readJson(`${to}.json`);
}

const percent = (share) => `${(100 * share).toFixed(1)} %`;
const cell = ({ score, intervals: { words } }) =>
  `${percent(score.words.rate)} (${(100 * words.low).toFixed(1)} to ${percent(words.high)})`;

console.log(`| split (utterances) | ${Object.keys(systems).join(' | ')} |`);
console.log(
  `| --- | ${Object.keys(systems)
    .map(() => '---')
    .join(' | ')} |`,
);
const wanted = values.only?.split(',');
for (const file of readdirSync(MANIFESTS).filter((name) => name.endsWith(SUFFIX))) {
  const split = file.slice(0, -SUFFIX.length);
  if (wanted && !wanted.includes(split)) continue;
  const rates = Object.entries(systems).map(([name, rate]) => [
    name,
    rate(join(MANIFESTS, file), join(OUT, `${split}.${name}`)),
  ]);
  console.log(
    `| ${split} (${rates[0][1].score.words.utterances}) | ${rates.map(([, rate]) => cell(rate)).join(' | ')} |`,
  );
  const found = new Map(rates);
  const ours = found.get(model ? basename(model) : 'greedy').score.words.rate;
  const peer = found.get('pocketsphinx')?.score.words.rate;
  if (peer)
    compared({
      comparison: `word error rate, ${split} dev`,
      unit: 'of the words',
      better: 'lower',
      ours,
      peer,
      peerName: 'pocketsphinx',
      rounds: 1,
    });
}
