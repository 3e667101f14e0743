/** A bundle, a manifest and a language model with its text go in; how many of the manifest's rare words are heard with and without them as hotwords comes
 *  out, and what that does to the other words:
 *      node bench/hotwords.mjs BUNDLE MANIFEST LM TEXT [--words 50] [--boost 4]
 *  Rare are the words of the references that the text has least often, among those the alphabet's first; short ones are left out. Both runs have the same
 *  language model. Other words: substitutions and deletions of reference words that are not rare, and all insertions. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readHypotheses, readManifest } from '@auricle/datasets';
import { alignWords, wordsOf } from '@auricle/decoding';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { words: { type: 'string', default: '50' }, boost: { type: 'string', default: '4' } },
});
const [bundle, manifest, lm, text] = positionals;
const SHORTEST = 5;
const cli = resolve(import.meta.dirname, '../cli/bin/auricle.js');

const counts = new Map();
for (const word of wordsOf(readFileSync(text, 'utf8'))) counts.set(word, (counts.get(word) ?? 0) + 1);
const spoken = new Set((await readManifest(manifest)).flatMap((utterance) => wordsOf(utterance.text)));
const countOf = (word) => counts.get(word) ?? 0;
const rare = new Set(
  [...spoken]
    .filter((word) => word.length >= SHORTEST)
    .sort((a, b) => countOf(a) - countOf(b) || (a < b ? -1 : 1))
    .slice(0, Number(values.words)),
);

const folder = mkdtempSync(join(tmpdir(), 'auricle-hotwords-'));
try {
  const list = join(folder, 'hotwords.txt');
  writeFileSync(list, [...rare].join('\n'));
  const hear = (name, ...options) => {
    const out = join(folder, name);
    const args = [cli, 'evaluate', manifest, '--model', bundle, '--lm', lm, '--hypotheses', out, ...options];
    execFileSync('node', args, { stdio: ['ignore', 'ignore', 'inherit'] });
    return readHypotheses(out).then(figuresOf);
  };
  const without = await hear('without.jsonl');
  const withThem = await hear('with.jsonl', '--hotwords', list, '--hotword-boost', values.boost);
  const percent = (x) => `${(100 * x).toFixed(2)} %`;
  console.log(`${rare.size} words, ${without.rare} times in ${without.utterances} utterances; boost ${values.boost}`);
  console.log(
    `rare words heard: ${without.heard} without (${percent(without.heard / without.rare)}), ${withThem.heard} with`,
  );
  if (without.heard > 0) console.log(`gain of recall: ${percent(withThem.heard / without.heard - 1)} relative`);
  console.log(`errors of other words: ${percent(without.elsewhere)} without, ${percent(withThem.elsewhere)} with`);
} finally {
  rmSync(folder, { recursive: true });
}

function figuresOf(utterances) {
  const sums = { utterances: utterances.length, rare: 0, heard: 0, others: 0, errors: 0 };
  for (const { reference, hypothesis } of utterances)
    for (const [said, heard] of alignWords(wordsOf(reference), wordsOf(hypothesis)).pairs) {
      if (said === undefined) sums.errors++;
      else if (rare.has(said)) {
        sums.rare++;
        if (heard === said) sums.heard++;
      } else {
        sums.others++;
        if (heard !== said) sums.errors++;
      }
    }
  return { ...sums, elsewhere: sums.errors / sums.others };
}
