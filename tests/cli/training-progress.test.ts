import { WriteStream } from 'node:tty';
import { stripVTControlCharacters } from 'node:util';
import { TrainingProgress } from '@auricle/cli/training-progress';
import { describe, expect, it, vi } from 'vitest';
import { epochEvent, startEvent, stepEvent } from '../training/report/records.js';

/** A progress whose clock and output the test holds. */
function progressOn(isTTY: boolean) {
  const lines: string[] = [];
  const drawn: string[] = [];
  const clock = { minutes: 0 };
  // Only what the bar calls; where there is no terminal, nothing.
  const stream = Object.assign(Object.create(WriteStream.prototype), {
    isTTY,
    columns: 200,
    write: (text: string) => drawn.push(text),
    on: vi.fn(),
    removeListener: vi.fn(),
  });
  Object.defineProperty(stream, 'columns', { value: 200 });
  for (const name of ['cursorTo', 'moveCursor', 'clearLine', 'getWindowSize', 'getColorDepth'])
    Object.defineProperty(stream, name, { value: vi.fn() });
  const progress = new TrainingProgress('runs/x', {
    stream,
    print: (line) => lines.push(line),
    now: () => clock.minutes * 60_000,
  });
  return { progress, lines, clock, screen: () => stripVTControlCharacters(drawn.join('')) };
}

describe('without a terminal', () => {
  it('is a line an epoch, and one every five minutes between', () => {
    const { progress, lines, clock, screen } = progressOn(false);
    progress.show(startEvent({ steps: 100, leftOut: { AUR_TRAIN_TOO_LONG: 2 } }));
    expect(lines.splice(0)).toEqual([
      '1.00M parameters, 1.00 h of audio, 100 steps, 0 batch shapes',
      'left out: 2 utterances, AUR_TRAIN_TOO_LONG',
      'watch it in a browser: runs/x/run.html',
    ]);
    for (let step = 1; step <= 40; step++) {
      clock.minutes = step / 4;
      progress.show(stepEvent({ step, loss: 2, tookMs: 15_000 }));
    }
    expect(lines.splice(0)).toEqual([
      'step 20/100: loss 2.000, dev WER -, 100x real time, 20:00 left',
      'step 40/100: loss 2.000, dev WER -, 100x real time, 15:00 left',
    ]);
    progress.show(epochEvent({ epoch: 1, step: 40, evaluationMs: 30_000 }));
    expect(lines.splice(0)).toEqual([
      'epoch 1, step 40/100: loss 2.000, dev WER 50.00 %, 100x real time, 15:30 left, 1 of 2 exact, best',
    ]);
    // Five minutes count from the epoch's line.
    clock.minutes = 14;
    progress.show(stepEvent({ step: 41 }));
    expect(lines).toEqual([]);
    progress.show({ kind: 'warning', code: 'AUR_TRAIN_REPORT', message: 'x/run.html: no space' });
    progress.show({ kind: 'done', step: 100, bestErrorRate: 0.125, stoppedEarly: false });
    expect(lines).toEqual([
      'warning: AUR_TRAIN_REPORT: x/run.html: no space',
      'best dev WER 12.50 %: runs/x/checkpoints/best.safetensors',
    ]);
    expect(screen()).toBe('');
  });
});

describe('on a terminal', () => {
  it('is one bar, also of a run that goes on: it begins where that was, with the best error rate so far', () => {
    const { progress, lines, screen } = progressOn(true);
    progress.show(startEvent({ steps: 1000, step: 900, bestErrorRate: 0.0375 }));
    expect(lines).toContain('goes on from step 900');
    expect(screen()).toMatch(/90% \| step 900\/1000 \| loss - \| dev WER 3\.75 % \(best\) \| -x real time \| - left/);
    progress.show(stepEvent({ step: 901, loss: 0.5, tookMs: 2000 }));
    progress.end();
    expect(screen()).toMatch(
      /step 901\/1000 \| loss 0\.500 \| dev WER 3\.75 % \(best\) \| 100x real time \| 3:18 left\s*$/,
    );
  });

  it('prints no line for an epoch, but a warning', () => {
    const { progress, lines, screen } = progressOn(true);
    progress.show(startEvent({}));
    lines.length = 0;
    progress.show(stepEvent({ step: 1 }));
    progress.show(epochEvent({ epoch: 1, step: 1 }));
    progress.show({ kind: 'warning', code: 'AUR_TRAIN_REPORT', message: 'x' });
    progress.end();
    progress.end();
    expect(lines).toEqual(['warning: AUR_TRAIN_REPORT: x']);
    expect(screen()).toMatch(/dev WER 50\.00 % \| 100x real time/);
  });
});
