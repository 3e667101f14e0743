/** Train events and what is heard of the dev utterances go in; `metrics.jsonl`, TensorBoard's event files and `run.html` come out. */
import { join } from 'node:path';
import type { TokenTable } from '@auricle/decoding';
import { trainingError } from '../errors.js';
import type { Progress } from '../loop/checkpoint.js';
import type { TrainConfig } from '../loop/config.js';
import type { Recognised, Reference } from '../loop/evaluate.js';
import type { TrainEvent } from '../loop/events.js';
import { Curve } from './curve.js';
import { type DevFindings, DevInspection, loadFindings, saveFindings, utterancesToPlot } from './dev-findings.js';
import { EventFile } from './event-file.js';
import { type EpochRecord, MetricsLog } from './metrics-log.js';
import { RecentPace } from './recent-pace.js';
import { type RunPage, runPage } from './run-page.js';
import { mergedRecord, roundedRecord, type StepRecord, stepRecord } from './step-record.js';
import { writeWhole } from './write-whole.js';

/** The page is written at the end of each epoch and, between, when the last one is so old. */
const PAGE_SECONDS = 20;

export interface ReportedRun {
  config: TrainConfig;
  tokens: TokenTable;
  /** Where the run stands; what was reported of later steps is taken back. */
  progress: Progress;
  step: number;
  dev: readonly Reference[];
}

/** Reports one run, from its `start` event to `end`. A report that cannot be written is a warning, once, and no reason to end a run. */
export class RunReport {
  private readonly curve = new Curve();
  private readonly epochRecords: EpochRecord[] = [];
  private readonly pace = new RecentPace();
  private readonly log: MetricsLog;
  private readonly events: EventFile;
  private readonly plotted: Reference[];
  private inspected: DevInspection | undefined;
  private findings: DevFindings | undefined;
  /** of steps that have no record yet */
  private stretch: StepRecord | undefined;
  private start: Extract<TrainEvent, { kind: 'start' }> | undefined;
  private step: number;
  private averaged: RunPage['averaged'];
  private done: Extract<TrainEvent, { kind: 'done' }> | undefined;
  private pageTime = Number.NEGATIVE_INFINITY;
  private readonly warned = new Set<string>();

  private constructor(
    private readonly folder: string,
    private readonly run: ReportedRun,
    private readonly onWarning: (event: TrainEvent) => void,
  ) {
    this.step = run.step;
    this.plotted = utterancesToPlot(run.dev);
    this.events = new EventFile(join(folder, 'tensorboard'), run.step);
    const { log, records } = MetricsLog.open(folder, run.progress);
    this.log = log;
    for (const record of records)
      if (record.kind === 'step') this.curve.add(record);
      else this.epochRecords.push(record);
    const findings = loadFindings(this.findingsPath);
    if (findings && findings.epoch <= run.progress.epoch) this.findings = findings;
  }

  /** @param onWarning is told of what could not be written
   *  @throws AUR_TRAIN_REPORT when the metrics of before cannot be read or brought to where the run stands */
  static open(folder: string, run: ReportedRun, onWarning: (event: TrainEvent) => void = () => {}): RunReport {
    try {
      return new RunReport(folder, run, onWarning);
    } catch (cause) {
      throw trainingError('AUR_TRAIN_REPORT', { path: folder, reason: (cause as Error).message }, { cause });
    }
  }

  private get findingsPath(): string {
    return join(this.folder, 'dev.json');
  }

  /** Begins an epoch's look at the dev utterances.
   *  @returns takes each of them; what it found is reported with the next `epoch` event */
  inspection(): (recognised: Recognised) => void {
    const inspected = new DevInspection(this.run.tokens, this.run.config.model, this.plotted);
    this.inspected = inspected;
    return (recognised) => inspected.add(recognised);
  }

  add(event: TrainEvent): void {
    this.pace.add(event);
    const now = Date.now();
    if (event.kind === 'start') this.start = event;
    else if (event.kind === 'step') this.addStep(event, now);
    else if (event.kind === 'epoch') this.addEpoch(event, now);
    else if (event.kind === 'averaged') this.addMean(event);
    else if (event.kind === 'done') this.done = event;
    if (event.kind !== 'warning' && now - this.pageTime >= PAGE_SECONDS * 1000) this.writePage('running');
  }

  /** The last that was kept, if any was. */
  private addMean(event: Extract<TrainEvent, { kind: 'averaged' }>): void {
    if (event.kept || !this.averaged?.kept) this.averaged = event;
  }

  private addStep(event: Extract<TrainEvent, { kind: 'step' }>, now: number): void {
    const record = stepRecord(event, new Date(now).toISOString());
    this.stretch = this.stretch ? mergedRecord(this.stretch, record) : record;
    this.step = event.step;
    if (event.applied && event.step % this.run.config.logSteps === 0) this.endStretch(now);
  }

  private endStretch(now: number): void {
    if (!this.stretch) return;
    const record = roundedRecord(this.stretch);
    this.stretch = undefined;
    this.curve.add(record);
    this.write('metrics.jsonl', () => this.log.add(record));
    const { step, loss, learningRate, gradientNorm, speed, waitedShare } = record;
    this.write('tensorboard', () =>
      this.events.add(step, now, {
        'train/loss': loss,
        'train/gradient_norm': gradientNorm,
        'train/learning_rate': learningRate,
        'train/speed': speed,
        'train/waited_share': waitedShare,
      }),
    );
  }

  private addEpoch(event: Extract<TrainEvent, { kind: 'epoch' }>, now: number): void {
    this.endStretch(now);
    const { kind, epoch, step, ...figures } = event;
    const record = { kind, epoch, step, time: new Date(now).toISOString(), ...figures };
    this.epochRecords.push(record);
    this.write('metrics.jsonl', () => this.log.add(record));
    this.write('tensorboard', () =>
      this.events.add(step, now, {
        'dev/word_error_rate': event.wordErrorRate,
        'dev/character_error_rate': event.characterErrorRate,
        'train/epoch_loss': event.trainLoss,
      }),
    );
    const findings = this.inspected?.findings(epoch, step);
    if (findings) {
      [this.findings, this.inspected] = [findings, undefined];
      this.write('dev.json', () => saveFindings(this.findingsPath, findings));
    }
    this.pageTime = Number.NEGATIVE_INFINITY;
  }

  /** The run ends: done, stopped, or by an error. */
  end(error?: Error): void {
    this.endStretch(Date.now());
    this.writePage(error ? 'failed' : this.done ? 'done' : 'stopped', error?.message);
  }

  private writePage(state: RunPage['state'], reason?: string): void {
    if (!this.start) return;
    const { steps, epochs, parameters, trainSeconds } = this.start;
    this.pageTime = Date.now();
    const page: RunPage = {
      name: this.run.config.name,
      state,
      reason,
      time: this.pageTime,
      everySeconds: PAGE_SECONDS,
      step: this.step,
      steps,
      epochs,
      parameters,
      trainSeconds,
      secondsLeft: this.pace.secondsLeft,
      curve: this.curve.points,
      epochRecords: this.epochRecords,
      averaged: this.averaged,
      stoppedEarly: this.done?.stoppedEarly,
      findings: this.findings,
    };
    this.write('run.html', () => writeWhole(join(this.folder, 'run.html'), runPage(page)));
  }

  private write(name: string, act: () => void): void {
    try {
      act();
    } catch (cause) {
      if (this.warned.has(name)) return;
      this.warned.add(name);
      const path = join(this.folder, name);
      const { code, message } = trainingError(
        'AUR_TRAIN_REPORT',
        { path, reason: (cause as Error).message },
        { cause },
      );
      this.onWarning({ kind: 'warning', code, message });
    }
  }
}
