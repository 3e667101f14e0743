/** Reports of callers go in, the figures of a load come out. */
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import type { CallerReport } from './caller-messages.js';

/** Milliseconds. */
export interface LatencyFigures {
  count: number;
  p50: number;
  p95: number;
  p99: number;
  p999: number;
  highest: number;
}

export interface Difference {
  title: string;
  expected: string;
  heard: string;
}

export interface LoadFigures {
  /** callers */
  streams: number;
  /** of the measured time */
  seconds: number;
  /** streams open in the measured time, on average */
  held: number;
  /** seconds of audio sent in a second of the measured time */
  audioRate: number;
  utterances: { same: number; different: number; failed: number; refused: number };
  /** some of those that are different */
  differences: Difference[];
  /** how often streams failed or were refused, by code */
  errors: Record<string, number>;
  /** from the last packet of audio to the end of the transcript */
  finals: LatencyFigures;
  /** of the measured streams that came to their last packet: those whose transcript ended within `withinMs` of it */
  withinShare: number;
  withinMs: number;
  /** from the sending of a partial's last word to the partial, where the protocol tells times */
  partials: LatencyFigures;
  /** how late packets left: what the generator itself adds */
  lateness: LatencyFigures;
  /** cores that the generator's processes took */
  generatorCores: number;
  /** of the server, where its process is known */
  server?: ServerFigures;
}

export interface ServerFigures {
  cores: number;
  /** share of a core for each stream held, percent */
  corePercentPerStream: number;
  memoryBeforeBytes: number;
  memoryAfterBytes: number;
}

const MOST_DIFFERENCES = 5;
/** Histograms hold whole numbers. */
const MICROSECONDS = 1000;

/** What was streamed and what is to be heard. */
export interface Expected {
  title: string;
  text: string;
}

export class Tally {
  private readonly finalMs = createHistogram();
  private readonly partialMs = createHistogram();
  private readonly lateMs = createHistogram();
  private readonly utterances = { same: 0, different: 0, failed: 0, refused: 0 };
  private readonly differences: Difference[] = [];
  private readonly errors: Record<string, number> = {};
  private measured = 0;
  private within = 0;
  /** seconds of audio sent so far */
  audioSeconds = 0;

  constructor(
    private readonly expected: readonly Expected[],
    private readonly withinMs: number,
  ) {}

  add({ calls, partialMs, lateMs, audioSeconds }: CallerReport): void {
    this.audioSeconds += audioSeconds;
    for (const ms of partialMs) record(this.partialMs, ms);
    for (const ms of lateMs) record(this.lateMs, ms);
    for (const { recording, text, finalMs, code, isRefused, isMeasured } of calls) {
      if (code !== undefined) {
        this.errors[code] = (this.errors[code] ?? 0) + 1;
        this.utterances[isRefused ? 'refused' : 'failed']++;
      }
      // A stream that was taken and lost is as late as can be.
      if (isMeasured && !isRefused) this.measured++;
      if (text === undefined || finalMs === undefined) continue;
      if (isMeasured) {
        record(this.finalMs, finalMs);
        if (finalMs <= this.withinMs) this.within++;
      }
      this.compare(recording, text);
    }
  }

  private compare(recording: number, heard: string): void {
    const { title, text: expected } = this.expected[recording];
    if (heard === expected) {
      this.utterances.same++;
      return;
    }
    this.utterances.different++;
    if (this.differences.length < MOST_DIFFERENCES) this.differences.push({ title, expected, heard });
  }

  /** @param known what the tally does not see */
  figures(
    known: Pick<LoadFigures, 'streams' | 'seconds' | 'held' | 'audioRate' | 'generatorCores' | 'server'>,
  ): LoadFigures {
    return {
      ...known,
      utterances: this.utterances,
      differences: this.differences,
      errors: this.errors,
      finals: latencyOf(this.finalMs),
      withinShare: this.measured === 0 ? 0 : this.within / this.measured,
      withinMs: this.withinMs,
      partials: latencyOf(this.partialMs),
      lateness: latencyOf(this.lateMs),
    };
  }
}

function record(histogram: RecordableHistogram, ms: number): void {
  histogram.record(Math.max(1, Math.round(ms * MICROSECONDS)));
}

function latencyOf(histogram: RecordableHistogram): LatencyFigures {
  const at = (percent: number) => Number((histogram.percentile(percent) / MICROSECONDS).toFixed(1));
  if (histogram.count === 0) return { count: 0, p50: 0, p95: 0, p99: 0, p999: 0, highest: 0 };
  return { count: histogram.count, p50: at(50), p95: at(95), p99: at(99), p999: at(99.9), highest: at(100) };
}
