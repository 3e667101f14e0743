/** An engine goes in, an HTTP and WebSocket service on one port comes out: the protocols behind one admission layer, health checks, metrics and the page. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Server as TlsServer } from 'node:tls';
import { createAdaptorServer } from '@hono/node-server';
import { type Logger, pino } from 'pino';
import { Admission } from './admission/admission.js';
import type { WatchStream } from './admission/admitted-engine.js';
import { type KeySource, loadKeys, watchFiles } from './admission/key-source.js';
import { type AdmissionLimits, DEFAULT_LIMITS } from './admission/limits.js';
import { Archive, type ArchiveOptions } from './archive/archive.js';
import type { Engine } from './engine.js';
import { asCoded, servingError } from './errors.js';
import { listen } from './listen.js';
import { type MetricsServer, startMetricsServer } from './metrics/metrics-server.js';
import { ServiceMetrics } from './metrics/service-metrics.js';
import { ModelFiles } from './model-files.js';
import type { HttpProtocol, ProtocolServices } from './protocols/protocol.js';
import { routes } from './routes.js';
import { readCertificate, type TlsFiles, tlsOptions } from './tls.js';
import { answerUnreadableRequests } from './unreadable-requests.js';
import { Upgrades } from './upgrades.js';

export interface AccessOptions extends KeySource {
  /** that tokens are signed with, at least 32 bytes; nodes behind one address share it (default: a random one) */
  tokenSecret?: string;
  /** for which a token is good (default 60) */
  tokenSeconds?: number;
  /** of pages that may use the service, besides its own; `*` for all */
  origins?: readonly string[];
  /** load balancers whose `X-Forwarded-For` is believed: addresses or networks */
  trustedProxies?: readonly string[];
}

/** Those whose clients name no path. */
export const ROOT_PROTOCOLS = ['vosk', 'sherpa'] as const;
export type RootProtocol = (typeof ROOT_PROTOCOLS)[number];

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
  /** largest body of a request (default 100 MiB) */
  maxUploadBytes?: number;
  /** after which protocols close a connection that sends no audio, where they have such a rule (default 10 s) */
  idleMs?: number;
  /** what clients speak that connect to the bare address, `ws://host:port/`, as Vosk's and sherpa-onnx's do (default vosk) */
  rootProtocol?: RootProtocol;
  /** between pings; a client that has not answered one by the next is cut off (default 30 s) */
  heartbeatMs?: number;
  /** time that open streams have to end when the server closes (default 10 s) */
  drainSeconds?: number;
  /** who may use the service (default: everyone) */
  access?: AccessOptions;
  limits?: Partial<AdmissionLimits>;
  /** default: no TLS */
  tls?: TlsFiles;
  /** for which the server waits for a request's head (default 10) */
  headSeconds?: number;
  /** between looks at the files of keys and certificate (default 2) */
  reloadSeconds?: number;
  /** where the metrics are read without a key (default: `/metrics` of the service, which then asks for one if it has keys) */
  metrics?: { host: string; port: number };
  /** of streams whose API key says so (default: none) */
  archive?: ArchiveOptions;
  /** served besides its own, behind the same keys and limits, and told of in the same documents */
  furtherRoutes?: readonly HttpProtocol[];
  /** never gets audio, and transcripts only if `logTranscripts` is set */
  log?: Logger;
  /** lines that could not be written so far, for the metrics */
  logFailures?: () => number;
  /** Writes final texts to the log (default false). */
  logTranscripts?: boolean;
}

export interface RunningServer {
  port: number;
  /** base address of the page, `http://host:port` */
  url: string;
  /** of the metrics, where they have one of their own */
  metricsPort: number | undefined;
  /** Reads the keys, the certificate and models whose files have changed again, as it does by itself when their files change. What cannot be used is logged, and what was there stays. */
  reload(): Promise<void>;
  /** Accepts no more, lets accepted streams end within the limit, then closes the rest with 1012. The engine stays open. */
  close(): Promise<void>;
}

const MEBIBYTE = 1 << 20;
/** of a request's head */
const MOST_HEADER_BYTES = 16_384;
const MOST_HEADERS = 64;

/** @throws AUR_SERVING_LISTEN when the port cannot be had, AUR_ACCESS_CONFIG, AUR_SERVING_CERTIFICATE */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { engine, host = '127.0.0.1', port = 8080, heartbeatMs = 30_000, drainSeconds = 10, tls } = options;
  const {
    maxMessageBytes = MEBIBYTE,
    maxPendingBytes = MEBIBYTE,
    maxUploadBytes = 100 * MEBIBYTE,
    idleMs = 10_000,
    rootProtocol = 'vosk',
    log = pino(),
    access = {},
    headSeconds = 10,
  } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  let isDraining = false;

  const admission = new Admission({
    limits,
    keys: await loadKeys(access),
    tokenSecret: access.tokenSecret,
    tokenSeconds: access.tokenSeconds ?? 60,
    origins: access.origins ?? [],
    trustedProxies: access.trustedProxies ?? [],
  });
  const services: ProtocolServices = {
    engine,
    log,
    limits: { maxMessageBytes, maxPendingBytes, maxUploadBytes, idleMs },
  };
  const metrics = new ServiceMetrics();
  const stopMeasuring = metrics.watchEngine(engine);
  metrics.watchAdmission(admission);
  if (options.logFailures)
    metrics.gauge('auricle_log_failures', 'Failures to write the log since the start', options.logFailures);
  const archive = options.archive && new Archive(options.archive, log);
  const watchers: WatchStream[] = [metrics.watchStream];
  if (archive) {
    archive.start();
    watchers.push(archive.watchStream);
  }
  if (options.logTranscripts) watchers.push(transcriptLog(log));
  const shared = { services, admission, limits, metrics, watchers };
  const app = routes({
    ...shared,
    servesMetrics: options.metrics === undefined,
    isReady: () => engine.isReady && !isDraining,
    furtherRoutes: options.furtherRoutes ?? [],
  });
  const server = createAdaptorServer({
    fetch: app.fetch,
    ...(await tlsOptions(tls, {
      maxHeaderSize: MOST_HEADER_BYTES,
      headersTimeout: headSeconds * 1000,
      connectionsCheckingInterval: Math.min(headSeconds * 500, 5_000),
    })),
  }) as Server;
  server.maxHeadersCount = MOST_HEADERS;
  // Sockets that never become a request are bounded too; requests are refused in words before that.
  server.maxConnections = 2 * limits.connections;
  answerUnreadableRequests(server);
  const upgrades = new Upgrades({ ...shared, heartbeatMs, rootProtocol, isDraining: () => isDraining });
  server.on('upgrade', (request, socket, head) => upgrades.handle(request, socket, head));

  const reloadKeys = async () => {
    const keys = await loadKeys(access);
    if (keys) admission.setKeys(keys);
  };
  const reloadCertificate = async () => {
    if (tls) (server as unknown as TlsServer).setSecureContext(await readCertificate(tls));
  };
  const reloadAccess = async () => {
    for (const step of [reloadKeys, reloadCertificate])
      await step().catch((error) => {
        const { code, message } = asCoded(error);
        log.error({ code, reason: message }, 'not read again: what was there stays');
      });
    log.info('keys and certificate read again');
  };
  const files = [access.keyFile, tls?.certificate, tls?.key].filter((file) => file !== undefined);
  const reloadMs = (options.reloadSeconds ?? 2) * 1000;
  const stopWatching = watchFiles(files, reloadMs, reloadAccess);
  const models = await ModelFiles.of(engine, log);
  const stopWatchingModels = models.watch(reloadMs);
  const reload = async () => {
    await Promise.all([reloadAccess(), models.reloadChanged()]);
  };

  let metricsServer: MetricsServer | undefined;
  const release = () => {
    stopWatching();
    stopWatchingModels();
    stopMeasuring();
    upgrades.close();
    archive?.close();
    metricsServer?.close();
  };
  try {
    if (options.metrics) metricsServer = await startMetricsServer(metrics, options.metrics.host, options.metrics.port);
    await listen(server, host, port);
  } catch (error) {
    release();
    throw error;
  }
  const address = server.address() as AddressInfo;
  const url = `${tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${address.port}`;
  log.info({ url }, 'listening');

  const close = async () => {
    isDraining = true;
    server.close();
    const allClosed = () => Promise.all([...upgrades.sessions.keys()].map((client) => once(client, 'close')));
    await within(drainSeconds, allClosed());
    upgrades.failAll(servingError('AUR_SERVING_SHUTDOWN'));
    // Clients that do not answer the close frame are cut off.
    await within(1, allClosed());
    release();
    server.closeAllConnections();
    log.info('closed');
  };
  let closed: Promise<void> | undefined;
  return {
    port: address.port,
    url,
    metricsPort: metricsServer?.port,
    reload,
    close: () => {
      closed ??= close();
      return closed;
    },
  };
}

/** Final texts, for whoever asked for them. */
const transcriptLog =
  (log: Logger): WatchStream =>
  ({ id, pass }) => ({
    segment: ({ isFinal, text }) => {
      if (isFinal) log.info({ stream: id, key: pass.key?.name, text }, 'transcript');
    },
  });

async function within(seconds: number, work: Promise<unknown>): Promise<void> {
  const over = new AbortController();
  await Promise.race([work, delay(seconds * 1000, undefined, { signal: over.signal }).catch(() => undefined)]);
  over.abort();
}
