/** Jobs that have ended go in; whoever asked for it is told, signed as Standard Webhooks has it, and told again until the host says yes. */
import { Webhook } from 'standardwebhooks';
import { batchError } from '../errors.js';
import type { RetryRules, Run, Task } from '../queue/work-queue.js';
import type { GuardedHttp } from './guarded-http.js';
import type { JobView } from './job-view.js';

export interface WebhookCall {
  url: string;
  /** JSON */
  body: string;
}

/** 5 s, 10 s, … 43 min after one another. */
export const WEBHOOK_RETRIES: RetryRules = { attempts: 10, backoffMs: 5000 };

/** A job is told of once: the same task, however often it is added. */
export const webhookTask = (url: string, job: JobView, now = new Date()): Task<WebhookCall> => ({
  id: `msg_${job.id}`,
  payload: {
    url,
    body: JSON.stringify({ type: `transcription.${job.status}`, timestamp: now.toISOString(), data: job }),
  },
});

/** @param secret `whsec_` and base64, at least 24 bytes
 *  @throws AUR_JOB_WEBHOOK */
export function webhookSigner(secret: string): Webhook {
  const bytes = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  if (!secret.startsWith('whsec_') || bytes.length < 24)
    throw batchError('AUR_JOB_WEBHOOK', { reason: 'expected a secret of whsec_ and at least 24 bytes in base64' });
  return new Webhook(secret);
}

/** The call carries its id, so that a host that was told twice knows it. */
export const deliverer =
  (signer: Webhook, http: GuardedHttp): Run<WebhookCall, number> =>
  async ({ id, payload: { url, body } }, { signal }) => {
    const now = new Date();
    const headers = {
      'Content-Type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
      'webhook-signature': signer.sign(id, now, body),
    };
    const status = await http.post(url, headers, body, signal);
    if (status === 410) throw batchError('AUR_JOB_REFUSED', { url, status });
    if (status < 200 || status > 299) throw batchError('AUR_JOB_WEBHOOK', { reason: `${url} answers ${status}` });
    return status;
  };
