/** The address of a Redis goes in, a connection comes out that outlives the server's restarts. */
import { Redis } from 'ioredis';
import { batchError } from '../errors.js';

export const DEFAULT_REDIS = 'redis://127.0.0.1:6379';
/** Between attempts to connect again, ms. */
const LONGEST_PAUSE = 1000;

/** Commands wait while the server is away; it must be there now.
 *  @param url `redis://` or `rediss://`, with password and number of the database where it has any
 *  @throws AUR_JOB_REDIS, which never quotes the password */
export async function connectRedis(url: string): Promise<Redis> {
  const shown = withoutPassword(url);
  const redis = new Redis(url, {
    lazyConnect: true,
    maxRetriesPerRequest: null,
    retryStrategy: (times) => Math.min(50 * times, LONGEST_PAUSE),
  });
  // An error without a listener would end the process; what follows from it, the commands tell.
  let reason = 'the connection was closed';
  redis.on('error', (error: Error & { code?: string }) => {
    reason = error.message || error.code || reason;
  });
  try {
    await redis.connect();
    await redis.ping();
  } catch (cause) {
    redis.disconnect();
    throw batchError('AUR_JOB_REDIS', { url: shown, reason }, { cause });
  }
  return redis;
}

function withoutPassword(url: string): string {
  try {
    const parsed = new URL(url);
    if (!/^rediss?:$/.test(parsed.protocol)) throw new Error();
    if (parsed.password) parsed.password = '***';
    return parsed.href;
  } catch {
    throw batchError('AUR_JOB_REDIS', { url: 'the address', reason: 'expected redis://host:port or rediss://…' });
  }
}
