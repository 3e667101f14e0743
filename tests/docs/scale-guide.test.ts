/** docs/guides/scale.md: its figures of the simulation are what the simulation says, within a tenth. */
import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from './guide.js';

it.each(['2.4', '1.05'])('tells what a plan with %s ms a chunk gives', async (cost) => {
  const text = await readFile(join(ROOT, 'docs/guides/scale.md'), 'utf8');
  const printed = execFileSync(
    process.execPath,
    [join(ROOT, 'bench/scale-simulation.mjs'), 'plan', '--run-ms', '1.2', '--chunk-cost-ms', cost],
    { encoding: 'utf8' },
  );
  const [, held] = /holds (\d+) streams/.exec(printed)!;
  const [, p50, p99] = /at {2}70 %: finals p50 (\d+), p99 (\d+) ms/.exec(printed)!;
  const [, nodes] = /^100000 streams: (\d+) nodes$/m.exec(printed)!;
  const row = text.split('\n').find((line) => line.startsWith(`| ${cost} ms`))!;
  const cells = row.split('|').map((cell) => cell.trim());
  const near = (cell: string, printed: string) => {
    const [told, made] = [cell, printed].map((number) => Number(number.replace(',', '')));
    expect(Math.abs(told - made), `${cell} beside ${printed}`).toBeLessThanOrEqual(0.1 * made);
  };
  near(cells[2], held);
  const [toldP50, toldP99] = cells[3].split(/ \/ | ms/);
  near(toldP50, p50);
  near(toldP99, p99);
  near(cells[5], nodes);
});
