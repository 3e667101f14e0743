/** An engine goes in, an HTTP and WebSocket service on one port comes out: the page, health checks and the native protocol. */
import { once } from 'node:events';
import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { AuricleError } from '@auricle/audio';
import { createAdaptorServer } from '@hono/node-server';
import { Hono } from 'hono';
import { secureHeaders } from 'hono/secure-headers';
import { type Logger, pino } from 'pino';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Engine } from './engine.js';
import { servingError, statusOf } from './errors.js';
import { mountPage } from './page-files.js';
import { HTTP_PROTOCOLS, WEBSOCKET_PROTOCOLS } from './protocols/index.js';
import type { ProtocolServices, ProtocolSession, Refusal, WebSocketProtocol } from './protocols/protocol.js';

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

const MEBIBYTE = 1 << 20;

/** @throws AUR_SERVING_LISTEN when the port cannot be had */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { engine, host = '127.0.0.1', port = 8080, heartbeatMs = 30_000, drainSeconds = 10 } = options;
  const { maxMessageBytes = MEBIBYTE, maxPendingBytes = MEBIBYTE, log = pino() } = options;
  const sessions = new Map<WebSocket, ProtocolSession>();
  let isDraining = false;

  const services: ProtocolServices = { engine, log, limits: { maxMessageBytes, maxPendingBytes } };

  const app = routes(services, () => engine.isReady && !isDraining);
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  let connections = 0;
  // A frame up to four times the limit is read, so that its sender is told in words.
  const maxPayload = 4 * maxMessageBytes;
  const sockets = new Map(
    WEBSOCKET_PROTOCOLS.map((protocol) => [
      protocol,
      new WebSocketServer({
        noServer: true,
        perMessageDeflate: false,
        maxPayload,
        handleProtocols: (offered) => protocol.subprotocol?.(offered) ?? false,
      }),
    ]),
  );

  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    const target = URL.canParse(request.url ?? '', 'http://service')
      ? new URL(request.url!, 'http://service')
      : undefined;
    const protocol = target && WEBSOCKET_PROTOCOLS.find((candidate) => candidate.matches(target, request));
    if (!target || !protocol) return refuse(socket, { status: 404 });
    if (isDraining) return refuse(socket, refusalOf(protocol, servingError('AUR_SERVING_SHUTDOWN')));
    sockets.get(protocol)!.handleUpgrade(request, socket, head, (client) => {
      const sessionLog = log.child({ connection: ++connections, protocol: protocol.name });
      const connection = { ...services, log: sessionLog, socket: client, request, url: target };
      sessions.set(client, protocol.open(connection));
      client.on('close', () => sessions.delete(client));
    });
  });
  const stopHeartbeat = keepHeartbeat(sessions, heartbeatMs);

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
    for (const each of sockets.values()) each.close();
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

function routes(services: ProtocolServices, isReady: () => boolean): Hono {
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
  for (const protocol of HTTP_PROTOCOLS) protocol.mount(app, services);
  mountPage(app);
  return app;
}

const refusalOf = (protocol: WebSocketProtocol, error: AuricleError): Refusal =>
  protocol.refusal?.(error) ?? { status: statusOf(error), body: `${error.code}: ${error.message}\n` };

function refuse(socket: Duplex, { status, headers = {}, body = '' }: Refusal): void {
  const fields = { Connection: 'close', 'Content-Length': String(Buffer.byteLength(body)), ...headers };
  const head = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head.join('')}\r\n${body}`);
}

/** Pings every client; who has not answered since the last ping is gone. */
function keepHeartbeat(sessions: ReadonlyMap<WebSocket, unknown>, everyMs: number): () => void {
  const silent = new WeakSet<WebSocket>();
  const timer = setInterval(() => {
    for (const client of sessions.keys()) {
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
