/** Runs of bench scripts go in; bench/comparisons.json, the made part of bench/RESULTS.md and the plot of it come out. The rest of RESULTS.md is kept by hand. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { filled } from '../../scripts/made-parts.mjs';
import { table } from '../../scripts/schema-tables.mjs';
import { ratioPlot } from './plot.mjs';
import { runSchema } from './run-bench.mjs';

const PART = 'comparisons';

/** @returns the runs that are kept in a folder, none where there is no file yet */
export async function readRuns(folder) {
  const text = await readFile(join(folder, 'comparisons.json'), 'utf8').catch((error) => {
    if (error.code === 'ENOENT') return '[]';
    throw error;
  });
  return z.array(runSchema).parse(JSON.parse(text));
}

/** A run takes the place of the last one of the same bench script. @param order names, as they are to stand */
export function withRun(runs, run, order) {
  const all = [...runs.filter(({ bench }) => bench !== run.bench), run];
  return all.sort((a, b) => order.indexOf(a.bench) - order.indexOf(b.bench));
}

/** Three digits that say something. */
function figure(value) {
  if (value < 1000) return `${Number(value.toPrecision(3))}`;
  return Math.round(value).toLocaleString('en-US');
}

/** @returns Markdown */
export function resultsPart(runs) {
  if (runs.length === 0) return 'Nothing was measured yet.';
  const rows = runs.flatMap(({ bench, command, comparisons }) =>
    comparisons.map(({ comparison, unit, better, ours, peer, peerName, ratio, rounds }) => [
      comparison,
      `${unit}, ${better} is better`,
      figure(ours),
      figure(peer),
      peerName,
      ratio.toFixed(2),
      `${rounds}`,
      `\`npm run bench -- ${bench}\` (\`${command}\`)`,
    ]),
  );
  const circumstances = runs.map(({ bench, date, machine, versions, load, seconds }) => [
    bench,
    date.replace('T', ' ').replace('Z', ' UTC'),
    machine,
    Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', '),
    `${load.before} and ${load.after}`,
    `${seconds} s`,
  ]);
  return [
    'Each row compares figures of the same run. The ratio is ours to the peer’s: above 1 ours is better, whether more or less is; where rounds are compared one by one it is',
    'their median. A load average above the number of cores means that other programs took part of the machine: then the ratios say more than the figures, and both less',
    'than those of a quiet machine.',
    '',
    '![Bars of the ratios](ratios.svg)',
    '',
    table(['what', 'unit', 'ours', 'peer', 'who', 'ratio', 'rounds', 'command'], rows),
    '',
    table(['run', 'date', 'machine', 'versions', 'load average before and after', 'took'], circumstances),
  ].join('\n');
}

/** @param folder where RESULTS.md lies */
export async function writeResults(folder, runs) {
  const page = join(folder, 'RESULTS.md');
  const text = await readFile(page, 'utf8');
  if (!text.includes(`<!-- made: ${PART} -->\n`)) throw new Error(`${page}: expected a line <!-- made: ${PART} -->`);
  await writeFile(join(folder, 'comparisons.json'), `${JSON.stringify(runs, undefined, 2)}\n`);
  const comparisons = runs.flatMap((run) => run.comparisons);
  if (comparisons.length > 0) await writeFile(join(folder, 'ratios.svg'), ratioPlot(comparisons));
  await writeFile(page, filled(text, { [PART]: resultsPart(runs) }));
}
