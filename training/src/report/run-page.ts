/** What is known of a run goes in, its HTML page comes out, which needs nothing beside it. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { escapeHtml, htmlPage } from '@auricle/datasets/html-page';
import type { DevFindings } from './dev-findings.js';
import { findingsHtml, table } from './findings-html.js';
import type { EpochRecord } from './metrics-log.js';
import { formatSeconds } from './recent-pace.js';
import { STYLE } from './run-style.js';
import type { StepRecord } from './step-record.js';

export interface RunPage {
  name: string;
  state: 'running' | 'done' | 'stopped' | 'failed';
  /** why it failed */
  reason?: string;
  /** of the page, milliseconds since 1970 */
  time: number;
  /** the page is written anew so often while the run lives */
  everySeconds: number;
  step: number;
  steps: number;
  epochs: number;
  parameters: number;
  trainSeconds: number;
  secondsLeft?: number;
  /** at most about a thousand, in order */
  curve: readonly StepRecord[];
  /** all, in order */
  epochRecords: readonly EpochRecord[];
  /** the mean of the best epochs' weights, and whether it is the best now */
  averaged?: { epochs: readonly number[]; wordErrorRate: number; kept: boolean };
  /** the dev error rate had not improved for as long as the recipe waits */
  stoppedEarly?: boolean;
  findings?: DevFindings;
}

// The licence of uPlot asks for its notice beside every copy.
const NOTICE =
  '/* uPlot: MIT licence, (c) 2022 Leon Sorokin, https://github.com/leeoniya/uPlot/blob/master/LICENSE */\n';
const uPlotFile = (name: string) => readFileSync(createRequire(import.meta.url).resolve(`uplot/dist/${name}`), 'utf8');
let assets: { style: string; scripts: string[] } | undefined;
const pageAssets = () => {
  assets ??= {
    style: uPlotFile('uPlot.min.css') + STYLE,
    scripts: [
      NOTICE + uPlotFile('uPlot.iife.min.js'),
      readFileSync(fileURLToPath(new URL('../../page/curves.js', import.meta.url)), 'utf8'),
    ],
  };
  return assets;
};

/** Rows of the tables that stand in for curves. */
const MOST_ROWS = 60;
/** Epochs of the curve of error rates. */
const MOST_POINTS = 1000;

export function runPage(run: RunPage): string {
  const { name, curve, epochRecords, findings } = run;
  const body = `<main>
<h1>${escapeHtml(name)}</h1>
${statusHtml(run)}
<h2>Curves</h2>
<div class="charts">
${chart('loss', 'Loss (nats a token)', lossSummary(curve))}
${chart('errors', 'Dev error rate (%)', errorSummary(epochRecords))}
${chart('learningRate', 'Learning rate')}
${chart('gradientNorm', 'Gradient norm before clipping')}
${chart('speed', 'Throughput (seconds of audio a second)')}
</div>
<noscript><p>The curves need JavaScript; the tables hold the same figures.</p></noscript>
<details id="epochs"><summary>Epochs as a table</summary>${epochTable(epochRecords)}</details>
<details id="steps"><summary>Steps as a table</summary>${stepTable(curve)}</details>
${findings ? findingsHtml(findings) : '<p>Dev utterances show here after the first epoch.</p>'}
</main>
<script type="application/json" id="figures">${inScript(figures(curve, epochRecords))}</script>`;
  return htmlPage({ title: `${Math.round(100 * share(run))} % ${name}`, body, ...pageAssets() });
}

const share = ({ step, steps }: RunPage) => (steps > 0 ? Math.min(1, step / steps) : 0);
const percent = (rate: number) => `${(100 * rate).toFixed(2)} %`;
const short = (value: number | null | undefined) =>
  value === null || value === undefined || !Number.isFinite(value) ? '-' : String(Number(value.toPrecision(4)));

const STATES = { running: 'Training', done: 'Done', stopped: 'Stopped; --resume goes on', failed: 'Failed' };

function statusHtml(run: RunPage): string {
  const { state, reason, time, step, steps, epochs, epochRecords, curve, averaged, secondsLeft, everySeconds } = run;
  const best = epochRecords.findLast((record) => record.best);
  const latest = epochRecords.at(-1);
  const now = curve.at(-1);
  const skipped = curve.reduce((sum, record) => sum + record.skipped, 0);
  const facts: [string, string][] = [
    ['Step', `${step} of ${steps}`],
    ['Epochs done', `${latest?.epoch ?? 0} of ${epochs}`],
    ['Loss', short(now?.loss)],
    ['Dev WER', latest ? `${percent(latest.wordErrorRate)} (CER ${percent(latest.characterErrorRate)})` : '-'],
    ['Best dev WER', best ? `${percent(best.wordErrorRate)} after epoch ${best.epoch}` : '-'],
    ...(averaged ? [['Mean of the best epochs', meanOf(averaged)] as [string, string]] : []),
    ['Speed', now ? `${short(now.speed)}x real time` : '-'],
    ['Waiting for data', now ? percent(now.waitedShare) : '-'],
    ...(state === 'running' ? [['Time left', formatSeconds(secondsLeft)] as [string, string]] : []),
    ...(skipped > 0 ? [['Steps skipped', String(skipped)] as [string, string]] : []),
    ['Model', `${(run.parameters / 1e6).toFixed(2)}M parameters`],
    ['Training data', `${(run.trainSeconds / 3600).toFixed(2)} h`],
  ];
  const at = new Date(time).toISOString();
  const follow =
    state === 'running'
      ? `<label><input type="checkbox" id="follow" checked> reload every ${everySeconds} s</label>`
      : '';
  return `<p class="state ${state}">${STATES[state]}${run.stoppedEarly ? ', early: the dev error rate no longer improved' : ''}${reason ? `: ${escapeHtml(reason)}` : ''}</p>
<progress value="${share(run).toFixed(4)}" max="1" aria-label="Share of the steps done"></progress>
<p class="quiet"><span id="updated" data-at="${at}" data-every-seconds="${everySeconds}">As of ${at.slice(0, 19).replace('T', ' ')} UTC</span> ${follow}</p>
<dl>${facts.map(([name, value]) => `<div><dt>${name}</dt><dd>${escapeHtml(value)}</dd></div>`).join('\n')}</dl>`;
}

const meanOf = ({ epochs, wordErrorRate, kept }: NonNullable<RunPage['averaged']>) =>
  `${percent(wordErrorRate)}, of epochs ${epochs.join(', ')}: ${kept ? 'kept as the best' : 'not better, not kept'}`;

const chart = (id: string, title: string, summary = '') =>
  `<figure><figcaption>${title}</figcaption><div class="chart" data-chart="${id}" role="img" aria-label="${escapeHtml(`${title} by step. ${summary}`)}"></div></figure>`;

function lossSummary(curve: readonly StepRecord[]): string {
  const [first, last] = [curve[0], curve.at(-1)];
  return first && last
    ? `From ${short(first.loss)} at step ${first.step} to ${short(last.loss)} at step ${last.step}.`
    : '';
}

function errorSummary(records: readonly EpochRecord[]): string {
  const last = records.at(-1);
  return last
    ? `Words ${percent(last.wordErrorRate)}, characters ${percent(last.characterErrorRate)} at step ${last.step}.`
    : '';
}

function epochTable(records: readonly EpochRecord[]): string {
  const [some, every] = thinned(records, MOST_ROWS);
  return table(
    captionOf(every, records.length, 'epochs'),
    ['Epoch', 'Step', 'Loss', 'Dev WER', 'Dev CER', 'Exact', 'Best'],
    some.map((r) => [
      r.epoch,
      r.step,
      short(r.trainLoss),
      percent(r.wordErrorRate),
      percent(r.characterErrorRate),
      `${r.exact} of ${r.utterances}`,
      r.best ? 'yes' : '',
    ]),
  );
}

function stepTable(curve: readonly StepRecord[]): string {
  const [some, every] = thinned(curve, MOST_ROWS);
  return table(
    captionOf(every, curve.length, 'points of the curves'),
    ['Step', 'Loss', 'Learning rate', 'Gradient norm', 'Largest', 'x real time', 'Waiting', 'Skipped'],
    some.map((r) => [
      r.step,
      short(r.loss),
      short(r.learningRate),
      short(r.gradientNorm),
      short(r.largestGradientNorm),
      short(r.speed),
      percent(r.waitedShare),
      r.skipped,
    ]),
  );
}

/** The newest and, evenly, of the others so many that they stay readable.
 *  @returns also one in how many */
function thinned<T>(all: readonly T[], most: number): [T[], number] {
  const every = Math.max(1, Math.ceil(all.length / most));
  return [all.filter((_, i) => (all.length - 1 - i) % every === 0), every];
}

const captionOf = (every: number, count: number, what: string) =>
  every === 1 ? `All ${count} ${what}` : `One in ${every} of ${count} ${what}`;

/** Columns, for the script that draws. */
function figures(curve: readonly StepRecord[], epochs: readonly EpochRecord[]) {
  const digits = (value: number | null) => (value === null ? null : Number(value.toPrecision(4)));
  const column = (key: 'loss' | 'learningRate' | 'gradientNorm' | 'largestGradientNorm' | 'speed') =>
    curve.map((record) => digits(record[key]));
  const [some] = thinned(epochs, MOST_POINTS);
  return {
    steps: {
      step: curve.map(({ step }) => step),
      loss: column('loss'),
      learningRate: column('learningRate'),
      gradientNorm: column('gradientNorm'),
      largestGradientNorm: column('largestGradientNorm'),
      speed: column('speed'),
    },
    epochs: {
      step: some.map(({ step }) => step),
      wordErrorRate: some.map((record) => digits(record.wordErrorRate)),
      characterErrorRate: some.map((record) => digits(record.characterErrorRate)),
    },
  };
}

/** JSON that no text in it can lead out of its element. */
const inScript = (value: unknown) => JSON.stringify(value).replaceAll('<', '\\u003c');
