/** Benches go in; they run one after the other, whatever becomes of each, and how many were done, skipped and failed comes out. */
import { runBench } from './run-bench.mjs';

/** @param options `keep` takes each run that was done, at once; `print` takes lines of progress; `stdio` and `signal` are those of `runBench` */
export async function runAll(benches, { keep, print = console.log, ...options }) {
  const counts = { done: 0, skipped: 0, failed: 0 };
  for (const [i, bench] of benches.entries()) {
    if (options.signal?.aborted) break;
    const title = `${bench.name} (${i + 1} of ${benches.length})`;
    print(`\n${title}: node ${bench.args.join(' ')}, at most ${bench.limitMinutes} minutes`);
    const { run, skipped, failed } = await runBench(bench, options);
    if (run) {
      await keep(run);
      counts.done++;
      print(`${title} done in ${run.seconds} s: ${run.comparisons.length} comparisons`);
    } else if (skipped) {
      counts.skipped++;
      print(`${title} skipped: ${skipped}`);
    } else {
      counts.failed++;
      print(`${title} failed: ${failed}`);
    }
  }
  return counts;
}
