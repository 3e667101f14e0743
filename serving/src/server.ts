/** An engine goes in, an HTTP and WebSocket service on one port comes out: the page, health checks and the native protocol. */
import { once } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createAdaptorServer } from '@hono/node-server';
import { serveStatic } from '@hono/node-server/serve-static';
import { Hono } from 'hono';
import { secureHeaders } from 'hono/secure-headers';
import { type Logger, pino } from 'pino';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Engine } from './engine.js';
import { servingError } from './errors.js';
import { NATIVE_PATH } from './native-protocol.js';
import { NativeSession } from './native-session.js';

export interface ServerOptions {
  engine: Engine;
  /** default 127.0.0.1 */
  host?: string;
  /** default 8080; 0 takes a free one */
  port?: number;
  /** largest message (default 1 MiB) */
  maxMessageBytes?: number;
  /** audio of a stream that may wait for its worker before the socket is no longer read (default 1 MiB) */
  maxPendingBytes?: number;
  /** between pings; a client that has not answered one by the next is cut off (default 30 s) */
  heartbeatMs?: number;
  /** time that open streams have to end when the server closes (default 10 s) */
  drainSeconds?: number;
  /** never gets transcripts */
  log?: Logger;
}

export interface RunningServer {
  port: number;
  /** base address of the page, `http://host:port` */
  url: string;
  /** Accepts no more, lets accepted streams end within the limit, then closes the rest with 1012. The engine stays open. */
  close(): Promise<void>;
}

const PAGE = fileURLToPath(new URL('../page', import.meta.url));
const MEBIBYTE = 1 << 20;

/** @throws AUR_SERVING_LISTEN when the port cannot be had */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { engine, host = '127.0.0.1', port = 8080, heartbeatMs = 30_000, drainSeconds = 10 } = options;
  const { maxMessageBytes = MEBIBYTE, maxPendingBytes = MEBIBYTE, log = pino() } = options;
  const sessions = new Map<WebSocket, NativeSession>();
  let isDraining = false;

  const app = routes(() => engine.isReady && !isDraining);
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  // A frame up to four times the limit is read, so that its sender is told in words.
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: 4 * maxMessageBytes });
  let connections = 0;

  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    const path = request.url?.split('?')[0];
    if (path !== NATIVE_PATH) return refuse(socket, '404 Not Found');
    if (isDraining) return refuse(socket, '503 Service Unavailable');
    sockets.handleUpgrade(request, socket, head, (client) => {
      const sessionLog = log.child({ connection: ++connections });
      sessions.set(client, new NativeSession(client, { engine, log: sessionLog, maxMessageBytes, maxPendingBytes }));
      client.on('close', () => sessions.delete(client));
    });
  });
  const stopHeartbeat = keepHeartbeat(sockets, heartbeatMs);

  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (cause) {
    stopHeartbeat();
    throw servingError('AUR_SERVING_LISTEN', { host, port, reason: (cause as Error).message }, { cause });
  }
  const address = server.address() as AddressInfo;
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`;
  log.info({ url }, 'listening');

  const close = async () => {
    isDraining = true;
    server.close();
    const clients = [...sessions.keys()];
    await within(drainSeconds, Promise.all(clients.map((client) => once(client, 'close'))));
    for (const session of sessions.values()) session.fail(servingError('AUR_SERVING_SHUTDOWN'));
    // Clients that do not answer the close frame are cut off.
    await within(1, Promise.all([...sessions.keys()].map((client) => once(client, 'close'))));
    for (const client of sessions.keys()) client.terminate();
    stopHeartbeat();
    sockets.close();
    server.closeAllConnections();
    log.info('closed');
  };
  let closed: Promise<void> | undefined;
  return {
    port: address.port,
    url,
    close: () => {
      closed ??= close();
      return closed;
    },
  };
}

function routes(isReady: () => boolean): Hono {
  const app = new Hono();
  app.use(
    secureHeaders({
      strictTransportSecurity: false,
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'"],
        connectSrc: ["'self'"],
        workerSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
      permissionsPolicy: { microphone: ['self'], camera: [] },
    }),
  );
  app.get('/healthz', (c) => c.text('ok'));
  app.get('/readyz', (c) => (isReady() ? c.text('ready') : c.text('not ready', 503)));
  app.get('*', serveStatic({ root: PAGE }));
  return app;
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

/** Pings every client; who has not answered since the last ping is gone. */
function keepHeartbeat(sockets: WebSocketServer, everyMs: number): () => void {
  const silent = new WeakSet<WebSocket>();
  const timer = setInterval(() => {
    for (const client of sockets.clients) {
      // A paused socket cannot hear the answer.
      if (client.isPaused) continue;
      if (silent.has(client)) {
        client.terminate();
        continue;
      }
      silent.add(client);
      client.once('pong', () => silent.delete(client));
      client.ping();
    }
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}

async function within(seconds: number, work: Promise<unknown>): Promise<void> {
  const over = new AbortController();
  await Promise.race([work, delay(seconds * 1000, undefined, { signal: over.signal }).catch(() => undefined)]);
  over.abort();
}
