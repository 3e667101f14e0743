/** Options of a service that asks for API keys, and whether this build has them. */
import type { ServerOptions } from '@auricle/serving';
import * as serving from '@auricle/serving';

export const KEY = 'a-key-of-the-tests-of-conformance';

export const WITH_KEYS = { access: { keyList: `tests:${KEY}` } } as Partial<ServerOptions>;

/** True where the server takes API keys; otherwise the reason is printed. */
export function hasKeys(): boolean {
  const has = 'newKey' in serving || 'KeyRing' in serving;
  if (!has) console.log('skipped: this server has no API keys');
  return has;
}
