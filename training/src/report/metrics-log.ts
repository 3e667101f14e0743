/** Records of a run go in, lines of its `metrics.jsonl` come out; a run that goes on from a checkpoint takes back what came after it. */
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Progress } from '../loop/checkpoint.js';
import { type StepRecord, stepRecordSchema } from './step-record.js';
import { writeWhole } from './write-whole.js';

/** The end of an epoch; `trainLoss` is the mean over its applied steps, null where there was none. */
export const epochRecordSchema = z.looseObject({
  kind: z.literal('epoch'),
  /** counted from 1 */
  epoch: z.number().int(),
  step: z.number().int(),
  time: z.iso.datetime(),
  trainLoss: z.number().nullable(),
  wordErrorRate: z.number(),
  characterErrorRate: z.number(),
  exact: z.number().int(),
  utterances: z.number().int(),
  best: z.boolean(),
});
export type EpochRecord = z.infer<typeof epochRecordSchema>;

const recordSchema = z.discriminatedUnion('kind', [stepRecordSchema, epochRecordSchema]);
export type MetricsRecord = StepRecord | EpochRecord;

export class MetricsLog {
  /** Whether the file may end inside a line. */
  private broken = false;

  private constructor(private readonly path: string) {}

  /** Opens a run's log where a checkpoint stands: what is logged of later steps, which will be taken again, goes, and so does a line that
   *  a kill cut.
   *  @returns the log and its records, in order */
  static open(
    folder: string,
    { epoch, batch }: Pick<Progress, 'epoch' | 'batch'>,
  ): { log: MetricsLog; records: MetricsRecord[] } {
    const path = join(folder, 'metrics.jsonl');
    const before = textOf(path);
    const records = before.split('\n').flatMap(parsed);
    const kept = records.filter((record) =>
      record.kind === 'epoch'
        ? record.epoch <= epoch
        : record.epoch <= epoch || (record.epoch === epoch + 1 && record.batch <= batch),
    );
    const after = kept.map(lineOf).join('');
    if (after !== before) writeWhole(path, after);
    return { log: new MetricsLog(path), records: kept };
  }

  add(record: MetricsRecord): void {
    const line = lineOf(record);
    try {
      appendFileSync(this.path, this.broken ? `\n${line}` : line);
      this.broken = false;
    } catch (error) {
      this.broken = true;
      throw error;
    }
  }
}

const lineOf = (record: MetricsRecord) => `${JSON.stringify(record)}\n`;

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

function parsed(line: string): MetricsRecord[] {
  try {
    return [recordSchema.parse(JSON.parse(line))];
  } catch {
    return [];
  }
}
