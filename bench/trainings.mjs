// Trains every row of a table of recipes with several seeds and prints what each hears of the dev data:
// `node bench/trainings.mjs bench/trainings/an4.yaml [row...]`. It may be stopped at any time and goes on where it was: runs and results are
// kept in runs/trainings/. A row's figure is the mean over its seeds; its interval is the bootstrap's over the utterances of all of them.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Random } from '@auricle/datasets';
import { scoreIntervals, scoreUtterance } from '@auricle/decoding';
import { evaluateCheckpoint, readTrainConfig } from '@auricle/training';
import { parse } from 'yaml';
import { z } from 'zod';

const [tablePath, ...wanted] = process.argv.slice(2);
const table = z
  .strictObject({
    recipe: z.string(),
    /** settings of all rows */
    set: z.array(z.string()).default([]),
    seeds: z.array(z.number().int()).min(1),
    /** attention chunks to hear with, in frames of the encoder, which are so long (ms) */
    frameMs: z.union([z.literal(40), z.literal(80)]).default(40),
    chunks: z.array(z.union([z.number().int(), z.literal('full')])).min(1),
    /** manifests to hear instead of the recipe's dev data: only where the recipe says that nothing is chosen by them */
    hear: z.array(z.string()).optional(),
    rows: z.array(z.strictObject({ name: z.string(), set: z.array(z.string()).default([]) })).min(1),
  })
  .parse(parse(await readFile(tablePath, 'utf8')));
const folder = join('runs', 'trainings', basename(tablePath, '.yaml'));
await mkdir(folder, { recursive: true });

const memory = { MALLOC_MMAP_THRESHOLD_: '8589934592', MALLOC_TRIM_THRESHOLD_: '17179869184', MALLOC_ARENA_MAX: '1' };
const percent = (share) => `${(100 * share).toFixed(2)} %`;

async function trained(run, settings) {
  if (existsSync(join(run, 'done.json'))) return;
  const args = ['cli/bin/auricle.js', 'train', table.recipe, '--run', run, '--set', ...settings];
  if (existsSync(join(run, 'checkpoints'))) args.push('--resume');
  const started = performance.now();
  const child = spawn(process.execPath, args, { stdio: 'inherit', env: { ...process.env, ...memory } });
  for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => child.kill(signal));
  const status = await new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code)));
  const log = await readFile(join(run, 'metrics.jsonl'), 'utf8');
  const done = log.split('\n').filter((line) => line.includes('"kind":"epoch"')).length;
  const { epochs } = await readTrainConfig(table.recipe, settings);
  if (status !== 0 || done < epochs) throw new Error(`${run} ended with ${status} after ${done} of ${epochs} epochs`);
  const lastSessionSeconds = (performance.now() - started) / 1000;
  await writeFile(join(run, 'done.json'), JSON.stringify({ epochs, lastSessionSeconds }));
}

async function heard(run) {
  const path = join(run, 'heard.json');
  if (existsSync(path)) return JSON.parse(await readFile(path, 'utf8'));
  const evaluations = await evaluateCheckpoint(join(run, 'checkpoints', 'best.safetensors'), table.chunks, table.hear);
  const kept = evaluations.map(({ chunk, texts }) => ({ chunk, texts }));
  await writeFile(path, JSON.stringify(kept));
  return kept;
}

const lines = [
  `| training | seeds | ${table.chunks.map((c) => (c === 'full' ? 'whole utterance' : `${table.frameMs * c} ms`)).join(' | ')} |`,
];
lines.push(`|---|---|${table.chunks.map(() => '---').join('|')}|`);
for (const { name, set } of table.rows) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const runs = [];
  for (const seed of table.seeds) {
    const run = join(folder, `${name}-${seed}`);
    await trained(run, [...table.set, ...set, `seed=${seed}`]);
    runs.push(await heard(run));
  }
  const cells = table.chunks.map((_, at) => {
    const scores = runs.map((run) => run[at].texts.map((text, i) => scoreUtterance({ ...text, id: String(i) })));
    const rates = scores.map((of) => {
      const edits = of.reduce((sum, { words }) => sum + words.substitutions + words.deletions + words.insertions, 0);
      return edits / of.reduce((sum, { words }) => sum + words.correct + words.substitutions + words.deletions, 0);
    });
    const random = new Random(1);
    const options = { uniform: () => random.uniform(), resamples: 2000, level: 0.95 };
    const { words } = scoreIntervals(scores.flat(), options);
    const mean = rates.reduce((a, b) => a + b) / rates.length;
    return `${percent(mean)} (${percent(words.low)} to ${percent(words.high)}; ${rates.map(percent).join(', ')})`;
  });
  lines.push(`| ${name} | ${table.seeds.length} | ${cells.join(' | ')} |`);
  console.log(
    lines
      .slice(0, 2)
      .concat(lines[lines.length - 1])
      .join('\n'),
  );
}
await writeFile(join(folder, 'table.md'), `${lines.join('\n')}\n`);
console.log(`\n${lines.join('\n')}`);
