import { Curve } from '@auricle/training/report/curve';
import { mergedRecord, roundedRecord, type StepRecord, stepRecord } from '@auricle/training/report/step-record';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recordOf, stepEvent } from './records.js';

const TIME = '2026-01-02T03:04:05.678Z';

describe('the record of steps', () => {
  it('is of one step as the event tells', () => {
    const event = stepEvent({ epoch: 2, step: 7, batch: 3, loss: 2, gradientNorm: 4, waitedMs: 50, tookMs: 200 });
    expect(stepRecord(event, TIME)).toEqual(
      recordOf({
        epoch: 3,
        step: 7,
        batch: 3,
        loss: 2,
        gradientNorm: 4,
        largestGradientNorm: 4,
        seconds: 0.2,
        waitedShare: 0.25,
        time: TIME,
      }),
    );
  });

  it('has means of the applied steps alone, and the time of all', () => {
    const events = [
      stepEvent({ step: 1, loss: 1, gradientNorm: 3, speed: 100, tookMs: 1000, waitedMs: 500 }),
      stepEvent({ step: 1, loss: Number.NaN, gradientNorm: Number.NaN, speed: 0, tookMs: 2000, applied: false }),
      stepEvent({ step: 2, batch: 3, loss: 4, gradientNorm: 1, speed: 50, tookMs: 1000, learningRate: 0.5 }),
    ];
    const record = events.map((event) => stepRecord(event, TIME)).reduce(mergedRecord);
    expect(record).toMatchObject({
      step: 2,
      batch: 3,
      steps: 2,
      skipped: 1,
      loss: 2.5,
      gradientNorm: 2,
      largestGradientNorm: 3,
      learningRate: 0.5,
      seconds: 4,
      speed: 37.5,
      waitedShare: 0.125,
    });
  });

  it('has no loss where no step was applied', () => {
    const bad = stepRecord(stepEvent({ applied: false, loss: Number.NaN }), TIME);
    expect(mergedRecord(bad, bad)).toMatchObject({ steps: 0, skipped: 2, loss: null, gradientNorm: null });
  });

  it('is rounded where that loses nothing', () => {
    expect(roundedRecord(recordOf({ loss: 0.123456789, step: 123_456_789, gradientNorm: null }))).toMatchObject({
      loss: 0.123457,
      step: 123_456_789,
      gradientNorm: null,
    });
  });
});

describe('a curve', () => {
  const total = (records: readonly StepRecord[], key: 'steps' | 'skipped' | 'seconds') =>
    records.reduce((sum, record) => sum + record[key], 0);
  const lossSum = (records: readonly StepRecord[]) => records.reduce((sum, { loss, steps }) => sum + loss! * steps, 0);

  it('stays small and leaves nothing out, however many records come', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9000 }), (count) => {
        const records = Array.from({ length: count }, (_, i) =>
          recordOf({ step: i + 1, loss: Math.sin(i) + 2, largestGradientNorm: i % 997, skipped: i % 2 }),
        );
        const curve = new Curve();
        for (const record of records) curve.add(record);
        const { points } = curve;
        expect(points.length).toBeLessThanOrEqual(1024);
        if (count > 1024) expect(points.length).toBeGreaterThanOrEqual(512);
        expect(points.at(-1)!.step).toBe(count);
        for (const key of ['steps', 'skipped', 'seconds'] as const)
          expect(total(points, key)).toBeCloseTo(total(records, key), 6);
        expect(lossSum(points)).toBeCloseTo(lossSum(records), 6);
        const largest = (of: readonly StepRecord[]) => Math.max(...of.map((r) => r.largestGradientNorm!));
        expect(largest(points)).toBe(largest(records));
        const steps = points.map(({ step }) => step);
        expect(steps).toEqual([...steps].sort((a, b) => a - b));
      }),
      { numRuns: 50 },
    );
  });
});
