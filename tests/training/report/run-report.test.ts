import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startOfEpoch, startOfRun } from '@auricle/training';
import { loadFindings } from '@auricle/training/report/dev-findings';
import type { MetricsRecord } from '@auricle/training/report/metrics-log';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { epochEvent, startEvent, stepEvent } from './records.js';
import { type Heard, openReport, reportRun } from './reported-run.js';

const DEV: Heard[] = [{ source: 'wrong.wav', said: 'the dog sat', heard: 'a dog' }];

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auricle-report-'));
});
afterEach(async () => {
  vi.useRealTimers();
  await rm(folder, { recursive: true, force: true });
});

async function metrics(): Promise<MetricsRecord[]> {
  const text = await readFile(join(folder, 'metrics.jsonl'), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}
const page = () => readFile(join(folder, 'run.html'), 'utf8');
const state = async () => /<p class="state (\w+)">/.exec(await page())?.[1];
/** The columns that the page's curves are drawn from. */
const figures = async () => JSON.parse(/id="figures">(.*)<\/script>/.exec(await page())![1]);

describe('the report of a run', () => {
  it('has a record of every ten steps, of those left at the end of an epoch and of the epoch', async () => {
    const run = openReport(folder, DEV);
    reportRun(run, 50);
    run.report.end();
    const records = await metrics();
    expect(records.map(({ kind, epoch, step }) => [kind, epoch, step])).toEqual([
      ['step', 1, 10],
      ['step', 1, 20],
      ['step', 1, 25],
      ['epoch', 1, 25],
      ['step', 2, 30],
      ['step', 2, 40],
      ['step', 2, 50],
      ['epoch', 2, 50],
    ]);
    expect(records.flatMap((record) => (record.kind === 'step' ? record.steps : []))).toEqual([10, 10, 5, 5, 10, 10]);
    for (const { time } of records) expect(Date.now() - Date.parse(time)).toBeLessThan(60_000);
    const { steps, epochs } = await figures();
    expect([steps.step, epochs.step]).toEqual([
      [10, 20, 25, 30, 40, 50],
      [25, 50],
    ]);
    expect(await readdir(join(folder, 'tensorboard'))).toHaveLength(1);
    expect(loadFindings(join(folder, 'dev.json'))).toMatchObject({ epoch: 2, step: 50, worst: [{ errors: 2 }] });
    expect(run.warnings).toEqual([]);
  });

  it('counts steps that were not applied, and has no figure for what none gave', async () => {
    const { report } = openReport(folder, DEV);
    report.add(startEvent({}));
    const bad = { applied: false, loss: Number.NaN, gradientNorm: Number.POSITIVE_INFINITY };
    report.add(stepEvent({ step: 1, batch: 1 }));
    report.add(stepEvent({ step: 1, batch: 2, ...bad }));
    report.add(epochEvent({ epoch: 1, step: 1 }));
    report.add(stepEvent({ step: 1, epoch: 1, batch: 1, ...bad }));
    report.add(epochEvent({ epoch: 2, step: 1, trainLoss: null }));
    report.end();
    expect((await metrics()).filter(({ kind }) => kind === 'step')).toMatchObject([
      { steps: 1, skipped: 1, loss: 1 },
      { steps: 0, skipped: 1, loss: null, gradientNorm: null, largestGradientNorm: null },
    ]);
    expect((await figures()).steps.loss).toEqual([1, null]);
    expect(await page()).toContain('<dt>Steps skipped</dt><dd>2</dd>');
  });

  it('is written while steps go on, not at each', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 1_800_000_000_000 });
    const { report } = openReport(folder, DEV);
    report.add(startEvent({}));
    const shown = async (step: number) => (await page()).includes(`<dd>${step} of 100</dd>`);
    expect([await state(), await shown(0)]).toEqual(['running', true]);
    report.add(stepEvent({ step: 1 }));
    expect(await shown(1)).toBe(false);
    vi.setSystemTime(Date.now() + 19_000);
    report.add(stepEvent({ step: 2, batch: 2 }));
    expect(await shown(2)).toBe(false);
    vi.setSystemTime(Date.now() + 1_000);
    report.add(stepEvent({ step: 3, batch: 3 }));
    expect(await shown(3)).toBe(true);
  });

  it.each([
    ['done', true, undefined],
    ['stopped', false, undefined],
    ['failed', false, new Error('the disk is on fire')],
  ])('says at the end that the run is %s', async (expected, done, error) => {
    const { report } = openReport(folder, DEV);
    report.add(startEvent({}));
    report.add(stepEvent({ step: 1 }));
    if (done) report.add({ kind: 'done', step: 1, bestErrorRate: 0, stoppedEarly: false });
    report.end(error);
    expect(await state()).toBe(expected);
    if (error) expect(await page()).toContain(error.message);
    // What no record told of yet is told.
    expect(await metrics()).toMatchObject([{ kind: 'step', step: 1, steps: 1 }]);
  });
});

describe('the report of a run that goes on', () => {
  const goOn = (epoch: number, batch: number, step: number, dev = DEV) =>
    openReport(folder, dev, { progress: { ...startOfRun(), ...startOfEpoch(epoch), batch }, step });

  it('shows what was before at once, and nothing of what is done again', async () => {
    const before = openReport(folder, DEV);
    reportRun(before, 100);
    const all = await metrics();
    // The checkpoint is of step 72: the second epoch's 22nd.
    const { report } = goOn(1, 22, 72);
    report.add(startEvent({ steps: 100, step: 72 }));
    expect(await metrics()).toEqual(all.slice(0, 8));
    const { steps, epochs } = await figures();
    expect([steps.step, epochs.step]).toEqual([[10, 20, 30, 40, 50, 60, 70], [50]]);
    // Found after the second epoch, which is to come again.
    expect(loadFindings(join(folder, 'dev.json'))!.epoch).toBe(2);
    expect(await page()).toContain('Dev utterances show here after the first epoch');
    for (let step = 73; step <= 81; step++) report.add(stepEvent({ step, epoch: 1, batch: step - 50 }));
    expect((await metrics()).at(-1)).toMatchObject({ step: 80, steps: 8 });
  });

  it('tells of the mean of the best epochs, and why the run ended early', async () => {
    const { report } = openReport(folder, DEV);
    report.add(startEvent({ steps: 100, epochs: 4 }));
    report.add(epochEvent({ epoch: 1, step: 50 }));
    report.add({ kind: 'averaged', epochs: [1, 2], wordErrorRate: 0.5, kept: false });
    report.add({ kind: 'averaged', epochs: [1, 3], wordErrorRate: 0.125, kept: true });
    report.add({ kind: 'averaged', epochs: [1, 3, 4], wordErrorRate: 0.25, kept: false });
    report.add({ kind: 'done', step: 100, bestErrorRate: 0.125, stoppedEarly: true });
    report.end();
    expect(await page()).toContain('12.50 %, of epochs 1, 3: kept as the best');
    expect(await page()).toMatch(/>Done, early: /);
  });

  it('shows the dev utterances of the last epoch', async () => {
    reportRun(openReport(folder, DEV), 100);
    const { report } = goOn(2, 0, 100);
    report.add(startEvent({ steps: 100, step: 100 }));
    report.add({ kind: 'done', step: 100, bestErrorRate: 0.25, stoppedEarly: false });
    report.end();
    expect(await page()).toContain('Dev utterances after epoch 2');
    expect(await page()).toContain('wrong.wav');
    expect(await state()).toBe('done');
    // Nothing happened that TensorBoard would have to know.
    expect(await readdir(join(folder, 'tensorboard'))).toHaveLength(1);
  });

  it('starts anew where no checkpoint was saved', async () => {
    reportRun(openReport(folder, DEV), 100);
    const { report } = openReport(folder, DEV);
    report.add(startEvent({}));
    expect(await readFile(join(folder, 'metrics.jsonl'), 'utf8')).toBe('');
    expect((await figures()).steps.step).toEqual([]);
  });
});

describe('a report that cannot be written', () => {
  it('is a warning for each kind of file, once, and the run goes on', async () => {
    const run = openReport(folder, DEV);
    for (const taken of ['run.html.partial', 'metrics.jsonl', 'dev.json.partial']) await mkdir(join(folder, taken));
    await writeFile(join(folder, 'tensorboard'), '');
    reportRun(run, 50);
    run.report.end();
    const of = (name: string) => ({
      kind: 'warning',
      code: 'AUR_TRAIN_REPORT',
      message: expect.stringContaining(`${join(folder, name)}: E`),
    });
    expect(run.warnings).toEqual([of('run.html'), of('metrics.jsonl'), of('tensorboard'), of('dev.json')]);
  });

  it('is an error where the metrics of before cannot be read', async () => {
    await mkdir(join(folder, 'metrics.jsonl'));
    expect(() => openReport(folder, DEV)).toThrow(
      expect.objectContaining({ code: 'AUR_TRAIN_REPORT', message: expect.stringContaining('EISDIR') }),
    );
  });
});
