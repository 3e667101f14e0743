/** When a worker runs what it has, and when it waits for company. */
import { FBANK } from '@auricle/audio';
import { batchDelay, type LogProbs } from '@auricle/serving';
import { InferenceLoop } from '@auricle/serving/inference-loop';
import type { ModelRow } from '@auricle/serving/streaming-model';
import type { FromWorker } from '@auricle/serving/worker-messages';
import { describe, expect, it } from 'vitest';
import { TINY } from './fixtures/tiny-model.js';

const RULES = { maxBatch: 8, maxWaitMs: 5 };

describe('batchDelay', () => {
  it('never delays a lone stream', () => {
    expect(batchDelay(RULES, { ready: 1, open: 1, ending: false, waitedMs: 0 })).toBe(0);
  });
  it('waits for others while some are open, but no longer than the limit', () => {
    expect(batchDelay(RULES, { ready: 1, open: 3, ending: false, waitedMs: 0 })).toBe(5);
    expect(batchDelay(RULES, { ready: 2, open: 3, ending: false, waitedMs: 3 })).toBe(2);
    expect(batchDelay(RULES, { ready: 2, open: 3, ending: false, waitedMs: 6 })).toBe(0);
  });
  it('runs at once when all are ready or the batch is full', () => {
    expect(batchDelay(RULES, { ready: 3, open: 3, ending: false, waitedMs: 0 })).toBe(0);
    expect(batchDelay(RULES, { ready: 8, open: 30, ending: false, waitedMs: 0 })).toBe(0);
  });
  it('lets no one wait for the last words', () => {
    expect(batchDelay(RULES, { ready: 1, open: 3, ending: true, waitedMs: 0 })).toBe(0);
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
      batchRules: { maxBatch, maxWaitMs: 1e9 },
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

  it('waits with a chunk while another open stream may bring one, and runs both together', () => {
    const { loop, runs } = heldLoop(8);
    loop.handle([open(1), open(2), audio(1)]);
    expect(runs).toEqual([]);
    loop.handle([audio(2)]);
    expect(runs.map((run) => run.rows)).toEqual([2]);
  });

  it('no longer waits when the other stream leaves, or when this one has ended', () => {
    const left = heldLoop(8);
    left.loop.handle([open(1), open(2), audio(1)]);
    left.loop.handle([{ type: 'abort', stream: 2 }]);
    expect(left.runs.map((run) => run.rows)).toEqual([1]);
    const ended = heldLoop(8);
    ended.loop.handle([open(1), open(2), { ...audio(1), bytes: chunk().subarray(0, 3200) }]);
    ended.loop.handle([{ type: 'end', stream: 1 }]);
    expect(ended.runs.map((run) => run.rows)).toEqual([1]);
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
