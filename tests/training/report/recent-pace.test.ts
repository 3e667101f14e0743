import { formatSeconds, RecentPace } from '@auricle/training/report/recent-pace';
import { describe, expect, it } from 'vitest';
import { epochEvent, startEvent, stepEvent } from './records.js';

describe('the pace of a run', () => {
  it('is not known before the first step', () => {
    const pace = new RecentPace();
    pace.add(startEvent({}));
    expect([pace.loss, pace.speed, pace.secondsLeft]).toEqual([Number.NaN, Number.NaN, undefined]);
  });

  it('is that of the newest steps, not of the beginning', () => {
    const pace = new RecentPace();
    pace.add(startEvent({ steps: 2000 }));
    for (let step = 1; step <= 500; step++) pace.add(stepEvent({ step, tookMs: 10_000, speed: 10, loss: 9 }));
    for (let step = 501; step <= 1000; step++) pace.add(stepEvent({ step, tookMs: 500, speed: 200, loss: 1 }));
    expect(pace.secondsLeft! / 500).toBeCloseTo(1, 2);
    expect(pace.speed).toBeCloseTo(200, 0);
    expect(pace.loss).toBeCloseTo(1, 2);
  });

  it('counts from where a resumed run goes on', () => {
    const pace = new RecentPace();
    pace.add(startEvent({ steps: 100, step: 90 }));
    pace.add(stepEvent({ step: 91, tookMs: 2000 }));
    expect(pace.secondsLeft).toBeCloseTo(18);
  });

  it('reckons with the evaluations that are to come, and with steps that bring it no further', () => {
    const pace = new RecentPace();
    pace.add(startEvent({ steps: 100, epochs: 4 }));
    pace.add(stepEvent({ step: 25, tookMs: 1000 }));
    pace.add(epochEvent({ epoch: 1, step: 25, evaluationMs: 10_000 }));
    expect(pace.secondsLeft).toBeCloseTo(75 + 30);
    pace.add(stepEvent({ step: 25, epoch: 1, tookMs: 1000, applied: false, loss: Number.NaN }));
    expect(pace.secondsLeft).toBeGreaterThan(2 * 75 + 29);
    expect(pace.loss).toBe(1);
  });

  it.each([
    [undefined, '-'],
    [0, '0:00'],
    [59.6, '1:00'],
    [3599, '59:59'],
    [93_784, '26:03:04'],
  ])('tells %s seconds as %s', (seconds, text) => {
    expect(formatSeconds(seconds)).toBe(text);
  });
});
