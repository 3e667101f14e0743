/** The record of a job goes in, what its owner is told comes out. */
import { z } from 'zod';
import { PRIORITIES, TASK_STATES, type TaskRecord } from '../queue/work-queue.js';
import { sourceName, type TranscriptionJob, type TranscriptionOutcome } from './job.js';

const when = z.iso.datetime();

export const jobViewSchema = z.object({
  id: z.string(),
  status: z.enum(TASK_STATES).describe('`failed`: set aside, after the last attempt'),
  source: z.string().describe('address, or name of the upload'),
  priority: z.enum(PRIORITIES),
  progress: z.number().min(0).max(1),
  attempts: z.int().min(0),
  created: when,
  begun: when.optional().describe('of the latest attempt'),
  ended: when.optional(),
  audioSeconds: z.number().optional(),
  error: z.object({ code: z.string(), message: z.string() }).optional().describe('of the latest attempt that failed'),
});
export type JobView = z.output<typeof jobViewSchema>;

const date = (ms: number) => new Date(ms).toISOString();

export function viewOf(record: TaskRecord<TranscriptionJob, TranscriptionOutcome>): JobView {
  const { id, payload, state, priority, progress, attempts, added, begun, ended, outcome, failure } = record;
  return {
    ...{ id, status: state, source: sourceName(payload.source), priority, progress, attempts, created: date(added) },
    ...(begun !== undefined && { begun: date(begun) }),
    ...(ended !== undefined && { ended: date(ended) }),
    ...(outcome && { audioSeconds: outcome.audioSeconds }),
    ...(failure && { error: failure }),
  };
}
