/** A queue and a store go in; what the service does with jobs comes out: it takes them in, tells of them, gives their results and forgets them. */
import { createHash, randomBytes } from 'node:crypto';
import { type FileTranscript, formatTranscript, type TranscriptFormat } from '@auricle/serving';
import type { Pass } from '@auricle/serving/admission/admission';
import { batchError } from '../errors.js';
import type { GuardedHttp } from '../jobs/guarded-http.js';
import { sourceName, type TranscriptionJob, type TranscriptionOutcome } from '../jobs/job.js';
import { type JobView, viewOf } from '../jobs/job-view.js';
import type { JobQueue } from '../jobs/work-on-jobs.js';
import type { Task, TaskRecord } from '../queue/work-queue.js';
import type { Store } from '../stores/store.js';
import type { JobRequest } from './requests.js';

export interface JobServiceOptions {
  jobs: JobQueue;
  /** has results (as `json`) and uploads */
  results: Store;
  http: GuardedHttp;
  /** more are refused */
  mostWaiting: number;
  /** whether webhooks are called; without, requests for them are refused */
  callsWebhooks: boolean;
}

type JobRecord = TaskRecord<TranscriptionJob, TranscriptionOutcome>;
type Usage = NonNullable<Pass['usage']>;

export const resultOf = (id: string): string => `results/${id}`;
const uploadOf = (id: string): string => `uploads/${id}`;
const newId = () => randomBytes(16).toString('hex');

export class JobService {
  /** Of jobs that this process has taken in: whose audio it is. */
  private readonly accounts = new Map<string, Usage>();
  private readonly stopHearing: () => void;

  constructor(private readonly options: JobServiceOptions) {
    this.stopHearing = options.jobs.onEnd((id) => void this.ended(id).catch(() => undefined));
  }

  /** @param idempotencyKey the same one by the same caller gives the same ids
   *  @throws AUR_JOB_URL, AUR_JOB_WEBHOOK, AUR_JOB_FULL, AUR_JOB_STORE */
  async take(request: JobRequest, pass: Pass, idempotencyKey?: string): Promise<JobView[]> {
    const { jobs, results, http, mostWaiting, callsWebhooks } = this.options;
    const { priority, channels, alternatives, webhook } = request;
    if (webhook !== undefined) {
      if (!callsWebhooks) throw batchError('AUR_JOB_WEBHOOK', { reason: 'this service has no secret to sign with' });
      http.check(webhook);
    }
    const urls = 'urls' in request ? request.urls : [undefined];
    for (const url of urls) if (url !== undefined) http.check(url);
    const { waiting } = await jobs.counts();
    if (waiting + urls.length > mostWaiting) throw batchError('AUR_JOB_FULL', { limit: mostWaiting });
    const owner = pass.key?.name;
    const idAt = (place: number) =>
      idempotencyKey === undefined
        ? newId()
        : createHash('sha256')
            .update(JSON.stringify([owner, idempotencyKey, place]))
            .digest('hex')
            .slice(0, 32);
    const tasks = urls.map((url, place): Task<TranscriptionJob> => {
      const id = idAt(place);
      const source = url === undefined ? { upload: uploadOf(id) } : { url };
      return { id, priority, payload: { source, result: resultOf(id), channels, alternatives, webhook, owner } };
    });
    if ('file' in request) await results.write(uploadOf(tasks[0].id), new Uint8Array(await request.file.arrayBuffer()));
    if (pass.usage) for (const { id } of tasks) this.accounts.set(id, pass.usage);
    await jobs.add(tasks);
    return Promise.all(tasks.map(async ({ id }) => viewOf(await this.record(id, pass))));
  }

  /** @throws AUR_JOB_UNKNOWN, also for jobs of others */
  async view(id: string, pass: Pass): Promise<JobView> {
    return viewOf(await this.record(id, pass));
  }

  /** @throws AUR_JOB_UNKNOWN, AUR_JOB_NOT_DONE, AUR_JOB_STORE */
  async result(id: string, pass: Pass, format: TranscriptFormat): Promise<string> {
    const { state, payload } = await this.record(id, pass);
    if (state !== 'done') throw batchError('AUR_JOB_NOT_DONE', { id, state });
    const bytes = await this.options.results.read(`${payload.result}.json`);
    if (!bytes) throw batchError('AUR_JOB_UNKNOWN', { id });
    const text = new TextDecoder().decode(bytes);
    if (format === 'json') return text;
    return formatTranscript(JSON.parse(text) as FileTranscript, format, { file: sourceName(payload.source) });
  }

  /** Cancels it where it has not ended, and deletes what there is of it.
   *  @throws AUR_JOB_UNKNOWN, AUR_JOB_STORE */
  async remove(id: string, pass: Pass): Promise<void> {
    const { payload } = await this.record(id, pass);
    await this.options.jobs.cancel(id);
    this.accounts.delete(id);
    await this.options.results.remove(`${payload.result}.json`);
    if ('upload' in payload.source) await this.options.results.remove(payload.source.upload);
  }

  close(): void {
    this.stopHearing();
  }

  private async record(id: string, pass: Pass): Promise<JobRecord> {
    const record = await this.options.jobs.find(id);
    if (!record || record.payload.owner !== pass.key?.name) throw batchError('AUR_JOB_UNKNOWN', { id });
    return record;
  }

  /** Counts the audio to whose it is, and lets go of the upload, which a job that is done needs no more. */
  private async ended(id: string): Promise<void> {
    const usage = this.accounts.get(id);
    this.accounts.delete(id);
    const record = await this.options.jobs.find(id);
    if (record?.state !== 'done') return;
    const { payload, outcome } = record;
    if (usage && outcome) {
      usage.audioSeconds += outcome.audioSeconds;
      usage.audioSecondsToday += outcome.audioSeconds;
    }
    if ('upload' in payload.source) await this.options.results.remove(payload.source.upload);
  }
}
