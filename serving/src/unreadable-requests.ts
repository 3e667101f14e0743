/** A request that is no HTTP goes in, the status that says so goes out on its socket, which then closes. */
import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

const STATUSES: Record<string, string> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};
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
    socket.end(`HTTP/1.1 ${STATUSES[error.code ?? ''] ?? '400 Bad Request'}\r\nConnection: close\r\n\r\n`);
    socket.resume();
    void delay(LINGER_MS, undefined, { ref: false }).then(() => socket.destroy());
  });
}
