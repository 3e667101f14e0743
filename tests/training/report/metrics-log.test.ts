import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EpochRecord, MetricsLog, type MetricsRecord } from '@auricle/training/report/metrics-log';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { epochRecord, recordOf } from './records.js';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auricle-metrics-'));
  path = join(folder, 'metrics.jsonl');
});
afterEach(() => rm(folder, { recursive: true }));

/** Two epochs of three batches, logged after every second step and at the end of an epoch. */
const RECORDS: MetricsRecord[] = [
  recordOf({ epoch: 1, step: 2, batch: 2 }),
  recordOf({ epoch: 1, step: 3, batch: 3 }),
  epochRecord({ epoch: 1, step: 3 }),
  recordOf({ epoch: 2, step: 4, batch: 1 }),
  recordOf({ epoch: 2, step: 6, batch: 3 }),
  epochRecord({ epoch: 2, step: 6 }),
];
const linesOf = (records: readonly MetricsRecord[]) => records.map((record) => `${JSON.stringify(record)}\n`).join('');

it('is one JSON record a line, added to what is there', async () => {
  for (const [i, record] of RECORDS.entries()) {
    const { log, records } = MetricsLog.open(folder, { epoch: 9, batch: 0 });
    expect(records).toEqual(RECORDS.slice(0, i));
    log.add(record);
  }
  expect(await readFile(path, 'utf8')).toBe(linesOf(RECORDS));
});

it.each([
  ['the beginning', { epoch: 0, batch: 0 }, 0],
  ['between two records', { epoch: 0, batch: 1 }, 0],
  ['a record', { epoch: 0, batch: 2 }, 1],
  ['the last step of an epoch that was not evaluated', { epoch: 0, batch: 3 }, 2],
  ['the end of an epoch', { epoch: 1, batch: 0 }, 3],
  ['the middle of the next', { epoch: 1, batch: 2 }, 4],
  ['the end of the run', { epoch: 2, batch: 0 }, 6],
])('keeps what came before the checkpoint where that stands at %s', async (_, progress, kept) => {
  await writeFile(path, linesOf(RECORDS));
  expect(MetricsLog.open(folder, progress).records).toEqual(RECORDS.slice(0, kept));
  expect(await readFile(path, 'utf8')).toBe(linesOf(RECORDS.slice(0, kept)));
});

it('loses no whole line to one that was cut at any byte, and goes on on a line of its own', async () => {
  const whole = linesOf(RECORDS.slice(0, 2));
  const next = linesOf(RECORDS.slice(2, 3));
  for (let cut = 0; cut < next.length; cut++) {
    await writeFile(path, whole + next.slice(0, cut));
    const { log, records } = MetricsLog.open(folder, { epoch: 1, batch: 0 });
    // Only the line's end is missing from a line that was cut there.
    expect(records).toEqual(RECORDS.slice(0, cut === next.length - 1 ? 3 : 2));
    log.add(RECORDS[3]);
    const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual([...records, RECORDS[3]]);
  }
});

it('begins a new line after one that could not be written whole', async () => {
  const { log } = MetricsLog.open(folder, { epoch: 0, batch: 0 });
  await rm(folder, { recursive: true });
  expect(() => log.add(RECORDS[0])).toThrow('ENOENT');
  await mkdir(folder);
  await appendFile(path, '{"kind":"st');
  log.add(RECORDS[1]);
  log.add(RECORDS[2]);
  expect(MetricsLog.open(folder, { epoch: 9, batch: 0 }).records).toEqual([RECORDS[1], RECORDS[2]]);
});

it('keeps keys of epochs that it does not know', async () => {
  const record: EpochRecord = { ...epochRecord({ epoch: 1, step: 3 }), leftOut: { AUR_AUDIO_MISSING: 2 } };
  await writeFile(path, linesOf([record]));
  expect(MetricsLog.open(folder, { epoch: 1, batch: 0 }).records).toEqual([record]);
});
