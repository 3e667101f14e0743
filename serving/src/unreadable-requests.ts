/** A request that is no HTTP goes in, the status that says so goes out on its socket, which then closes. */
import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { refuseOnSocket } from './refusals.js';

const STATUSES: Record<string, number> = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 };
/** What is still on its way is taken for so long: a socket that is closed on unread bytes is reset, and the answer lost with it. */
const LINGER_MS = 1000;

/** Answers what Node's parser refuses, where Node itself would close at once. */
export function answerUnreadableRequests(server: Server): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    // It comes again for each piece that is read meanwhile.
    if (socket.writableEnded || socket.destroyed) return;
    if (!socket.writable || error.code === 'ECONNRESET') {
      socket.destroy();
      return;
    }
    refuseOnSocket(socket, { status: STATUSES[error.code ?? ''] ?? 400 });
    socket.resume();
    void delay(LINGER_MS, undefined, { ref: false }).then(() => socket.destroy());
  });
}
