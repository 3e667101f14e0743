/** An engine and settings go in; jobs are taken in by the routes that come out, and worked on beside the live streams. */
import {
  deliverer,
  GuardedHttp,
  JobService,
  jobRoutes,
  openStore,
  sweep,
  transcriber,
  webhookSigner,
  workOnJobs,
} from '@auricle/batch';
import type { Engine } from '@auricle/serving';
import type { HttpProtocol } from '@auricle/serving/protocols/protocol';
import { batchInMemory, openBatch } from '../batch/job-queue.js';
import type { JobsConfig } from './config.js';

export interface ServedJobs {
  routes: HttpProtocol;
  /** Takes no more; what is under way goes back to a queue on Redis, and ends where there is none. */
  close(): Promise<void>;
}

const HOUR_MS = 3_600_000;

/** @throws AUR_JOB_REDIS, AUR_JOB_STORE, AUR_JOB_WEBHOOK, AUR_CLI_PATHS */
export async function serveJobs(
  engine: Engine,
  settings: JobsConfig & { webhookSecret?: string },
): Promise<ServedJobs> {
  const { place, redis, name, parallel, mostWaiting, keepHours, hosts, webhookSecret } = settings;
  const signer = webhookSecret === undefined ? undefined : webhookSigner(webhookSecret);
  const results = openStore(place);
  const keepMs = keepHours * HOUR_MS;
  const batch = redis === undefined ? batchInMemory() : await openBatch({ redis, name }, { keepMs });
  const http = new GuardedHttp({
    hosts: hosts.map((host) => host.toLowerCase()),
    privateAddresses: settings.privateAddresses,
    maxBytes: settings.maxDownloadBytes,
  });
  const service = new JobService({ jobs: batch.jobs, results, http, mostWaiting, callsWebhooks: signer !== undefined });
  const work =
    parallel === 0
      ? undefined
      : workOnJobs({
          jobs: batch.jobs,
          parallel,
          run: transcriber({ engine, results, http, formats: ['json'], parallel }),
          webhooks: signer && { queue: batch.webhooks, deliver: deliverer(signer, http) },
        });
  const sweeping = place.startsWith('s3://') ? undefined : sweepHourly(place, keepMs);
  return {
    routes: jobRoutes(service),
    close: async () => {
      clearInterval(sweeping);
      service.close();
      await work?.close();
      await batch.close();
    },
  };
}

function sweepHourly(place: string, keepMs: number): NodeJS.Timeout {
  const all = () => Promise.all(['results', 'uploads'].map((folder) => sweep(`${place}/${folder}`, keepMs)));
  const look = () => void all().catch(() => undefined);
  look();
  return setInterval(look, HOUR_MS).unref();
}
