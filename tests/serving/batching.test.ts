/** When a worker runs what it has, and when it waits for company. */
import { FBANK } from '@auricle/audio';
import { batchDelay, DEFAULT_BATCH_RULES, type LogProbs, recordingsAtATime } from '@auricle/serving';
import { InferenceLoop } from '@auricle/serving/inference-loop';
import { RunCost } from '@auricle/serving/run-cost';
import type { ModelRow } from '@auricle/serving/streaming-model';
import type { FromWorker } from '@auricle/serving/worker-messages';
import { describe, expect, it } from 'vitest';
import { TINY } from './fixtures/tiny-model.js';

const RULES = { maxBatch: 8, maxWaitMs: 5, maxRecordingMs: 40 };
/** A run's fixed part is worth sharing. */
const COST = { fixedMs: 4, chunkMs: 1 };
const BUSY = 0.9;
const WAITING = { ready: 2, open: 3, ending: false, waitedMs: 0 };

describe('batchDelay', () => {
  it('never delays a lone stream', () => {
    expect(batchDelay(RULES, { ...WAITING, ready: 1, open: 1 }, COST, BUSY)).toBe(0);
  });
  it('waits for others while some are open, but no longer than the limit', () => {
    expect(batchDelay(RULES, { ...WAITING, ready: 1 }, COST, BUSY)).toBe(5);
    expect(batchDelay(RULES, { ...WAITING, waitedMs: 3 }, COST, BUSY)).toBe(2);
    expect(batchDelay(RULES, { ...WAITING, waitedMs: 6 }, COST, BUSY)).toBe(0);
  });
  it('runs at once when all are ready or the batch is full', () => {
    expect(batchDelay(RULES, { ...WAITING, ready: 3 }, COST, BUSY)).toBe(0);
    expect(batchDelay(RULES, { ...WAITING, ready: 8, open: 30 }, COST, BUSY)).toBe(0);
  });
  it('lets no one wait for the last words', () => {
    expect(batchDelay(RULES, { ...WAITING, ending: true }, COST, BUSY)).toBe(0);
  });
  it('lets no one wait where time is not scarce, or company would save little of it', () => {
    expect(batchDelay(RULES, WAITING, COST, 0.2)).toBe(0);
    expect(batchDelay(RULES, WAITING, { fixedMs: 0.1, chunkMs: 1 }, BUSY)).toBe(0);
  });
});

describe('recordings', () => {
  it('run as many at a time as hold a live stream up no longer than the limit', () => {
    expect(recordingsAtATime(RULES, COST, true)).toBe(36);
    expect(recordingsAtATime(RULES, { fixedMs: 100, chunkMs: 50 }, true)).toBe(1);
    expect(recordingsAtATime(RULES, { fixedMs: 100, chunkMs: 50 }, false)).toBe(64);
  });
});

describe('the cost of runs', () => {
  it('is learned from runs of different sizes', () => {
    const cost = new RunCost();
    for (let i = 0; i < 50; i++) for (const size of [1, 4, 16]) cost.add(size, 3 + 0.5 * size);
    expect(cost.fixedMs).toBeCloseTo(3, 6);
    expect(cost.chunkMs).toBeCloseTo(0.5, 6);
    expect(cost.of(32)).toBeCloseTo(19, 5);
  });

  it('keeps the fixed part while all runs are of one size, and follows a machine that becomes slower', () => {
    const cost = new RunCost();
    for (const size of [1, 2, 8]) cost.add(size, 2 + size);
    for (let i = 0; i < 400; i++) cost.add(8, 10);
    expect(cost.fixedMs).toBeCloseTo(2, 6);
    for (let i = 0; i < 400; i++) cost.add(8, 20);
    expect(cost.of(8)).toBeCloseTo(20, 1);
  });

  it('is never negative, whatever is measured', () => {
    const cost = new RunCost();
    cost.add(1, 9);
    cost.add(8, 1);
    expect(cost.fixedMs).toBeGreaterThanOrEqual(0);
    expect(cost.chunkMs).toBeGreaterThanOrEqual(0);
  });
});

describe('the inference loop', () => {
  /** A model that answers only when told to, with nothing but blanks. */
  function heldLoop(maxBatch: number) {
    const runs: { rows: number; answer: () => void }[] = [];
    const posted: FromWorker[] = [];
    const frames = TINY.window / TINY.subsampling;
    const blanks = (): LogProbs => ({
      frames,
      values: Float32Array.from({ length: frames * TINY.tokens.length }, (_, i) =>
        i % TINY.tokens.length === 0 ? 0 : -9,
      ),
    });
    let started: () => void = () => undefined;
    const model = {
      newState: () => ({ caches: [], frames: 0 }),
      run: (rows: readonly ModelRow[]) =>
        new Promise<LogProbs[]>((resolve) => {
          runs.push({ rows: rows.length, answer: () => resolve(rows.map(blanks)) });
          started();
        }),
    };
    const loop = new InferenceLoop({
      model,
      bundle: {
        description: { tailSeconds: 0 } as never,
        tokens: { symbols: TINY.tokens, blankId: 0 },
        interface: {
          frontEnd: { kind: 'fbank', sampleRate: FBANK.sampleRate, melBins: FBANK.melBins, gain: 1 },
          windowSize: TINY.window,
          chunkShift: TINY.window,
          subsamplingFactor: TINY.subsampling,
        } as never,
      },
      batchRules: { ...DEFAULT_BATCH_RULES, maxBatch },
      endpointRules: [],
      post: (messages) => posted.push(...messages),
    });
    const nextRun = () =>
      new Promise<void>((resolve) => {
        started = resolve;
      });
    return { loop, runs, posted, nextRun };
  }
  const format = { sampleRate: FBANK.sampleRate, encoding: 's16le' as const, logProbs: false };
  /** Exactly one chunk: 32 frames need 31 x 160 + 280 samples. */
  const chunk = () => new Uint8Array(2 * (31 * 160 + 280));
  const open = (stream: number) => ({ type: 'open' as const, stream, format });
  const audio = (stream: number) => ({ type: 'audio' as const, stream, bytes: chunk() });

  it('runs a lone stream’s chunk at once', async () => {
    const { loop, runs } = heldLoop(8);
    loop.handle([open(1), audio(1)]);
    expect(runs.map((run) => run.rows)).toEqual([1]);
  });

  it('joins the chunks that became ready, also those that came during a run, and obeys the largest batch', async () => {
    const { loop, runs, nextRun } = heldLoop(2);
    loop.handle([open(1), open(2), open(3), audio(1), audio(2), audio(3)]);
    expect(runs.map((run) => run.rows)).toEqual([2]);
    loop.handle([open(4), audio(4)]);
    const next = nextRun();
    runs[0].answer();
    await next;
    expect(runs.map((run) => run.rows)).toEqual([2, 2]);
  });

  it('takes recordings only when no live stream waits, and more of them at a time', async () => {
    const { loop, runs, nextRun } = heldLoop(2);
    const recording = (stream: number) => ({ ...open(stream), format: { ...format, isRecording: true } });
    loop.handle([1, 2, 3, 4, 5].map(recording));
    loop.handle([1, 2, 3, 4, 5].map(audio));
    expect(runs.map((run) => run.rows)).toEqual([5]);
    loop.handle([1, 2, 3, 4, 5].map(audio));
    loop.handle([open(6), open(7), open(8), ...[6, 7, 8].map(audio)]);
    for (const rows of [2, 1]) {
      const next = nextRun();
      runs.at(-1)!.answer();
      await next;
      expect(runs.at(-1)!.rows).toBe(rows);
    }
    const next = nextRun();
    runs.at(-1)!.answer();
    await next;
    expect(runs.at(-1)!.rows).toBeGreaterThan(0);
    expect(runs.length).toBe(4);
  });

  it('runs streams that have ended before others where there are more than one run takes', async () => {
    const { loop, runs, posted, nextRun } = heldLoop(1);
    const short = { ...audio(3), bytes: chunk().subarray(0, 3200) };
    loop.handle([open(1), open(2), open(3), audio(1), audio(2), short, { type: 'end', stream: 3 }]);
    expect(runs.length).toBe(1);
    const next = nextRun();
    runs[0].answer();
    await next;
    expect(posted).toContainEqual(expect.objectContaining({ type: 'done', stream: 3 }));
  });

  it('gives a stream whose audio comes faster than it is spoken one chunk in turn with the others', async () => {
    const { loop, runs, posted, nextRun } = heldLoop(2);
    loop.handle([open(1), open(2), open(3)]);
    loop.handle([audio(1), audio(1), audio(1), audio(1), audio(2), audio(3)]);
    const rows: number[] = [];
    for (let run = 0; run < 3; run++) {
      const next = nextRun();
      rows.push(runs[run].rows);
      runs[run].answer();
      // Stream 1 has more: there is always a next run.
      await next;
    }
    // Streams 1 and 2, then 3 and 1, then 1 alone.
    expect(rows).toEqual([2, 2, 1]);
    expect(
      posted.filter(({ type }) => type === 'batch').map((report) => 'streams' in report && report.streams),
    ).toEqual([2, 2, 1]);
  });

  it('drops the results of a stream that left during its run', async () => {
    const { loop, runs, posted } = heldLoop(8);
    loop.handle([open(1), audio(1), { type: 'end', stream: 1 }]);
    loop.handle([{ type: 'abort', stream: 1 }]);
    runs[0].answer();
    await loop.stop();
    expect(posted.map((message) => message.type)).toEqual(['consumed', 'batch']);
  });

  it('takes no more of a long recording than the next chunk needs', () => {
    const { loop, posted } = heldLoop(8);
    loop.handle([open(1), { type: 'audio', stream: 1, bytes: new Uint8Array(1_000_000) }]);
    const consumed = posted.filter((message) => message.type === 'consumed');
    expect(consumed.length).toBe(1);
    expect(consumed[0].bytes).toBeLessThan(50_000);
  });
});
