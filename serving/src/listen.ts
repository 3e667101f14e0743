/** A server and an address go in; it listens there when this resolves. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import { servingError } from './errors.js';

/** @throws AUR_SERVING_LISTEN */
export async function listen(server: Server, host: string, port: number): Promise<void> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw servingError('AUR_SERVING_LISTEN', { host, port, reason: (cause as Error).message }, { cause });
  }
}
