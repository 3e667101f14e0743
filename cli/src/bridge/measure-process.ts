/** The folder of a bundle, a precision and batch sizes go in as arguments, one line of JSON comes out: a `ModelCost`. */
import { FBANK } from '@auricle/audio';
import { type Precision, readBundle } from '@auricle/bundle';
import { StreamingModel } from '@auricle/serving/streaming-model';
import { UtteranceModel } from '@auricle/serving/utterance-model';

/** Processor time spent on each batch size. */
const MEASURED_MS = 400;
/** Log-mel energies of speech lie about here. */
const [LOWEST, SPAN] = [-14, 12];

const processorMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

const [dir, precision, batches] = process.argv.slice(2);
const bundle = await readBundle(dir, { precision: precision as Precision });
const memoryBefore = process.memoryUsage().rss;
const started = performance.now();
const model = await (bundle.interface.hearsWhole ? UtteranceModel : StreamingModel).load(bundle);
const startMs = performance.now() - started;

const { windowSize } = bundle.interface;
const rowOf = () => ({
  chunk: Float32Array.from({ length: windowSize * FBANK.melBins }, () => LOWEST + SPAN * Math.random()),
  state: model.newState(),
});
const runMs: Record<number, number> = {};
let memoryBytes = 0;
for (const batch of batches.split(',').map(Number)) {
  const rows = Array.from({ length: batch }, rowOf);
  for (let i = 0; i < 3; i++) await model.run(rows);
  let least = Number.POSITIVE_INFINITY;
  const until = processorMs() + MEASURED_MS;
  while (processorMs() < until) {
    // Several at a time: the clock of processor time is coarse.
    const before = processorMs();
    for (let i = 0; i < 4; i++) await model.run(rows);
    least = Math.min(least, (processorMs() - before) / 4);
  }
  runMs[batch] = least;
  memoryBytes = Math.max(memoryBytes, process.memoryUsage().rss - memoryBefore);
}
console.log(JSON.stringify({ startMs, memoryBytes, runMs }));
