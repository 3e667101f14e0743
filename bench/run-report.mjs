// What it costs to report a run: 100 epochs of 1,000 steps, 500 dev utterances, no training.
//   node bench/run-report.mjs
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Random } from '@auricle/datasets';
import { characterTokens, encodeText } from '@auricle/decoding';
import { checkTrainConfig, startOfRun } from '@auricle/training';
import { RunReport } from '@auricle/training/report/run-report';

const [EPOCHS, STEPS, UTTERANCES] = [100, 1000, 500];
/** of 10 s each */
const FRAMES = 1000;
const MEL_BINS = 80;
const WORDS =
  'the of and to a in that it is was he for on are with as his they be at one have this from or had by hot but what some we can out other were all there when up use your how said an each she which do their time if will way about many then them would write like so these her long make thing see him two has look more day could go come did my sound no most number who over know water than call first people may down side been now find any new work part take get place made live where after back little only round man year came show every good me give our under name very through just form much great think say help low line before turn cause same mean differ move right boy old too does tell'.split(
    ' ',
  );

const folder = await mkdtemp(join(tmpdir(), 'auricle-report-'));
const random = new Random(1);
const text = (words) => Array.from({ length: words }, () => WORDS[random.integer(0, WORDS.length - 1)]).join(' ');
const tokens = characterTokens(WORDS);
/** Noise that packs no better than speech. */
const features = Float32Array.from(
  { length: FRAMES * MEL_BINS },
  (_, i) => -8 + 5 * Math.sin(i / 700) + random.normal(),
);
// The short ones are plotted, so the others need no frames.
const dev = Array.from({ length: UTTERANCES }, (_, i) => {
  const said = text(25);
  const example = i < 3 ? { features, frames: FRAMES } : { features: new Float32Array(), frames: 2 * FRAMES };
  return { example: { ...example, labels: encodeText(tokens, said) }, text: said, source: `audio/${i}.wav` };
});
/** One word in six is heard as another. */
const heard = dev.map(({ text: said }) =>
  said
    .split(' ')
    .map((word) => (random.uniform() < 1 / 6 ? text(1) : word))
    .join(' '),
);
const ids = heard.map((hypothesis) => encodeText(tokens, hypothesis));
const vocabulary = tokens.symbols.length;
const logProbs = Float32Array.from({ length: (FRAMES / 4) * vocabulary }, (_, i) => {
  const frame = Math.floor(i / vocabulary);
  const likely = frame % 2 === 0 ? 0 : (ids[0][frame >> 1] ?? 0);
  return i % vocabulary === likely ? -0.1 : -8;
});

const config = checkTrainConfig(
  { name: 'bench', epochs: EPOCHS, data: { train: ['-.jsonl'], dev: ['-.jsonl'] } },
  'bench',
);
const report = RunReport.open(folder, { config, tokens, progress: startOfRun(), step: 0, dev });
const timed = { steps: 0, looks: 0, ends: 0 };
/** Milliseconds of processor time, so that other jobs do not count. */
const used = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
const measure = (what, act) => {
  const from = used();
  act();
  timed[what] += used() - from;
};
report.add({
  kind: 'start',
  parameters: 7e6,
  steps: EPOCHS * STEPS,
  step: 0,
  epochs: EPOCHS,
  bestErrorRate: null,
  shapes: [],
  leftOut: {},
  trainSeconds: 3.6e5,
});
const [whole, wholeUsed] = [performance.now(), used()];
for (let epoch = 0; epoch < EPOCHS; epoch++) {
  for (let batch = 1; batch <= STEPS; batch++) {
    const step = epoch * STEPS + batch;
    const noise = 1 + 0.3 * random.normal();
    const event = {
      kind: 'step',
      epoch,
      step,
      batch,
      loss: noise * (0.1 + 30 / Math.sqrt(step)),
      learningRate: 0.001 * noise,
      gradientNorm: 2 * noise,
      speed: 500 * noise,
      waitedMs: 1,
      tookMs: 300 * noise,
      applied: true,
    };
    measure('steps', () => report.add(event));
  }
  const take = report.inspection();
  measure('looks', () =>
    dev.forEach((reference, i) => {
      take({ reference, hypothesis: heard[i], tokens: ids[i], logProbs });
    }),
  );
  measure('ends', () =>
    report.add({
      kind: 'epoch',
      epoch: epoch + 1,
      step: (epoch + 1) * STEPS,
      trainLoss: 1,
      wordErrorRate: 1 / (epoch + 2),
      characterErrorRate: 0.3 / (epoch + 2),
      exact: 9,
      utterances: UTTERANCES,
      best: true,
      evaluationMs: 5e4,
      tooLong: 0,
      infeasible: 0,
      skippedSteps: 0,
      leftOut: {},
      devLeftOut: {},
    }),
  );
}
report.end();
const steps = EPOCHS * STEPS;
const kib = (bytes) => `${(bytes / 1024).toFixed(0)} KiB`;
const sizeOf = async (name) => kib((await stat(join(folder, name))).size);
console.log(
  `${steps} steps, ${EPOCHS} epochs of ${UTTERANCES} dev utterances in ${((performance.now() - whole) / 1000).toFixed(1)} s, ${((used() - wholeUsed) / 1000).toFixed(1)} s of processor time`,
);
console.log(`a step: ${((1000 * timed.steps) / steps).toFixed(1)} us (its page every 20 s included)`);
console.log(`a dev utterance of 25 words: ${((1000 * timed.looks) / EPOCHS / UTTERANCES).toFixed(0)} us`);
console.log(`the end of an epoch: ${(timed.ends / EPOCHS).toFixed(1)} ms`);
for (const name of ['run.html', 'metrics.jsonl', 'dev.json']) console.log(`${name}: ${await sizeOf(name)}`);
for (const name of await readdir(join(folder, 'tensorboard')))
  console.log(`event file: ${await sizeOf(join('tensorboard', name))}`);
console.log(`peak memory: ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MiB`);
await rm(folder, { recursive: true });
