/** Texts go in, what it costs to build, store, load and ask an n-gram model comes out, beside KenLM's lmplz and query on the same text.
 *
 *      node bench/language-model.mjs <training text> <held-out text> [--order 4] [--kenlm <folder of lmplz, query, build_binary>]
 *
 *  Texts have a sentence a line, in the letters that the model is to have. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { linesOf, loadModel, PerplexityMeter, textPieces } from '@auricle/decoding';
import { compared } from './comparison.mjs';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { order: { type: 'string', default: '4' }, kenlm: { type: 'string' } },
});
const [training, heldOut] = positionals;
const folder = mkdtempSync(join(tmpdir(), 'auricle-bench-'));
const ours = join(folder, 'model.lm');
const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;

/** Runs a command under `time`. @returns seconds of processor time */
function timed(name, command, ...args) {
  const { stderr, status } = spawnSync('/usr/bin/time', ['-f', '%e %U %S %M', command, ...args], {
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
  });
  if (status !== 0) throw new Error(stderr);
  const [elapsed, user, system, kilobytes] = stderr.trim().split('\n').at(-1).split(' ').map(Number);
  console.log(
    `${name}: ${elapsed.toFixed(1)} s (${(user + system).toFixed(1)} s of processor time), ${megabytes(kilobytes * 1024)} at most`,
  );
  return user + system;
}

const cli = new URL('../cli/bin/auricle.js', import.meta.url).pathname;
const buildSeconds = timed(
  'auricle lm build',
  process.execPath,
  cli,
  'lm',
  'build',
  '--order',
  values.order,
  training,
  ours,
);

const started = performance.now();
const model = await loadModel(ours);
console.log(`loading: ${((performance.now() - started) / 1000).toFixed(3)} s`);
const ngrams = model.shape.counts.reduce((a, b) => a + b, 0);
console.log(
  `file: ${megabytes(statSync(ours).size)}, ${(statSync(ours).size / ngrams).toFixed(2)} bytes an n-gram of ${ngrams}`,
);

const sentences = [];
for await (const lines of linesOf(textPieces(heldOut))) sentences.push(...lines);

async function report(name, asked) {
  const before = process.cpuUsage();
  const meter = new PerplexityMeter(asked);
  for (const sentence of sentences) meter.add(sentence);
  const { user, system } = process.cpuUsage(before);
  const { perplexity, withoutUnknown, words } = meter.result();
  const micros = (user + system) / (words + sentences.length);
  console.log(
    `${name}: perplexity ${perplexity.toFixed(3)}, ${withoutUnknown.toFixed(3)} without unknown words; ${micros.toFixed(2)} us a word`,
  );
  return perplexity;
}
const perplexity = await report('auricle, 16 bits', model);

if (values.kenlm) {
  const arpa = join(folder, 'kenlm.arpa');
  const peerSeconds = timed(
    'lmplz',
    join(values.kenlm, 'lmplz'),
    '-o',
    values.order,
    '-S',
    '1G',
    '-T',
    folder,
    '--text',
    training,
    '--arpa',
    arpa,
  );
  for (const [name, flags] of [
    ['trie', []],
    ['trie of 8 bits, compressed', ['-q', '8', '-b', '8', '-a', '22']],
  ]) {
    const binary = join(folder, 'kenlm.binary');
    spawnSync(join(values.kenlm, 'build_binary'), [...flags, 'trie', arpa, binary]);
    console.log(
      `KenLM's ${name}: ${megabytes(statSync(binary).size)}, ${(statSync(binary).size / ngrams).toFixed(2)} bytes an n-gram`,
    );
    const { stdout } = spawnSync(
      'sh',
      ['-c', `"${join(values.kenlm, 'query')}" -v summary "${binary}" < "${heldOut}"`],
      { encoding: 'utf8' },
    );
    console.log(stdout.trim().replace(/^/gm, '  '));
    const common = { better: 'lower', peerName: `KenLM, ${name}`, rounds: 1 };
    compared({
      ...common,
      comparison: 'n-gram model in a file',
      unit: 'bytes an n-gram',
      ours: statSync(ours).size / ngrams,
      peer: statSync(binary).size / ngrams,
    });
    compared({
      ...common,
      comparison: 'n-gram model on other text',
      unit: 'perplexity',
      ours: perplexity,
      peer: Number(/Perplexity including OOVs:\s*([\d.]+)/.exec(stdout)[1]),
    });
  }
  compared({
    comparison: 'building an n-gram model',
    unit: 's of processor time',
    better: 'lower',
    ours: buildSeconds,
    peer: peerSeconds,
    peerName: 'KenLM, lmplz',
    rounds: 1,
  });
  await report("auricle on lmplz's ARPA, 32 bits", await loadModel(arpa));
  const [exact, coded] = [await loadModel(arpa), await loadModel(arpa, { bits: 16 })];
  console.log(
    `greatest difference of a word's log10 that 16 bits make: ${greatestDifference(exact, coded).toExponential(1)}`,
  );
}
rmSync(folder, { recursive: true });

function greatestDifference(a, b) {
  let greatest = 0;
  for (const sentence of sentences) {
    let [stateA, stateB] = [a.after(1), b.after(1)];
    for (const word of [...sentence.split(' '), '</s>']) {
      const [scoreA, scoreB] = [a.score(stateA, a.id(word)), b.score(stateB, b.id(word))];
      [stateA, stateB] = [a.next, b.next];
      greatest = Math.max(greatest, Math.abs(scoreA - scoreB));
    }
  }
  return greatest;
}
