import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventFile } from '@auricle/training/report/event-file';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const TIME = 1_700_000_000_250;
const PYTHON = process.env.AURICLE_PYTHON ?? 'python3';
const hasTensorBoard = spawnSync(PYTHON, ['-c', 'import tensorboard']).status === 0;
if (!hasTensorBoard)
  console.log(`skipped: ${PYTHON} has no tensorboard to read events with (AURICLE_PYTHON names another)`);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auricle-events-'));
});
afterEach(() => rm(folder, { recursive: true }));

const files = async () => (await readdir(folder)).sort();

describe('an event file', () => {
  it('has the bytes that the writer of TensorBoard gives the same events', async () => {
    const events = new EventFile(folder, 40);
    events.add(50, TIME, { 'train/loss': 1.5, 'train/gradient_norm': null, 'train/learning_rate': 0.0012 });
    events.add(3_000_000_000, TIME + 60_000, { 'train/loss': 0 });
    events.add(3_000_000_010, TIME + 61_000, { größe: -2.5e-30 });
    const [file, ...others] = await files();
    expect(others).toEqual([]);
    expect(file).toContain('tfevents');
    const golden = await readFile(join(import.meta.dirname, 'fixtures/events.tfevents'));
    expect((await readFile(join(folder, file))).toString('hex')).toBe(golden.toString('hex'));
  });

  it('is not made before there is an event with a value', async () => {
    const events = new EventFile(join(folder, 'later'), 0);
    events.add(1, TIME, {});
    events.add(2, TIME, { 'train/loss': null });
    expect(await files()).toEqual([]);
    events.add(3, TIME, { 'train/loss': 2 });
    expect(await files()).toEqual(['later']);
  });

  it('is followed by another, which takes up where it was, after it could not be written to', async () => {
    const events = new EventFile(join(folder, 'run'), 0);
    events.add(1, TIME, { loss: 3 });
    await rm(join(folder, 'run'), { recursive: true });
    expect(() => events.add(2, TIME + 1, { loss: 2 })).toThrow('ENOENT');
    events.add(3, TIME + 2, { loss: 1 });
    const [file, ...others] = await readdir(join(folder, 'run'));
    expect([file, others]).toEqual([expect.stringContaining(String(TIME + 2)), []]);
    expect((await readFile(join(folder, 'run', file))).includes('brain.Event:2')).toBe(true);
  });
});

describe.skipIf(!hasTensorBoard)('TensorBoard', () => {
  /** tag -> [step, value], as TensorBoard holds them. */
  function read(): Record<string, [number, number][]> {
    const program = `
import json, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
events = EventAccumulator(sys.argv[1], size_guidance={'scalars': 0}).Reload()
print(json.dumps({tag: [[e.step, e.value] for e in events.Scalars(tag)] for tag in events.Tags()['scalars']}))`;
    const { stdout, stderr, status } = spawnSync(PYTHON, ['-c', program, folder], { encoding: 'utf8' });
    expect(status, stderr).toBe(0);
    return JSON.parse(stdout);
  }

  it('reads the scalars of a run that was killed inside a record and went on, each step once', async () => {
    const before = new EventFile(folder, 0);
    for (let step = 1; step <= 6; step++) before.add(step, TIME + step, { 'train/loss': step, 'dev/wer': step / 8 });
    const [cut] = await files();
    const bytes = await readFile(join(folder, cut));
    await writeFile(join(folder, cut), bytes.subarray(0, -5));
    // The checkpoint was of step 4.
    const after = new EventFile(folder, 4);
    for (let step = 5; step <= 8; step++) after.add(step, TIME + 100 + step, { 'train/loss': -step });
    expect(read()).toEqual({
      'train/loss': [
        [1, 1],
        [2, 2],
        [3, 3],
        [4, 4],
        [5, -5],
        [6, -6],
        [7, -7],
        [8, -8],
      ],
      'dev/wer': [
        [1, 0.125],
        [2, 0.25],
        [3, 0.375],
        [4, 0.5],
      ],
    });
  });
});
