/** Repeats every comparison with a peer, one after the other, and writes what was measured into bench/RESULTS.md: `npm run bench`, or `npm run bench -- NAMES` for
 *  some of them, whose rows alone are replaced. `npm run setup:peers` installs the peers; a comparison without its peer is skipped. Ends with 1 when one failed. */
import { BENCHES } from './run/benches.mjs';
import { readRuns, withRun, writeResults } from './run/results.mjs';
import { runAll } from './run/run-all.mjs';

const order = BENCHES.map(({ name }) => name);
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !order.includes(name));
if (unknown.length > 0) throw new Error(`${unknown.join(', ')}: expected some of ${order.join(', ')}`);

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stop.abort());

const { done, skipped, failed } = await runAll(
  BENCHES.filter(({ name }) => wanted.length === 0 || wanted.includes(name)),
  {
    signal: stop.signal,
    // Read anew: a run that is broken off has what it measured, and the page may have been edited meanwhile.
    keep: async (run) => writeResults(import.meta.dirname, withRun(await readRuns(import.meta.dirname), run, order)),
  },
);
console.log(`\n${done} done, ${skipped} skipped, ${failed} failed; bench/RESULTS.md has the figures`);
if (failed > 0) process.exitCode = 1;
