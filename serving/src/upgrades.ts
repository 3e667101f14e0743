/** Upgrade requests go in; each is refused in its protocol's words, or becomes a session of the protocol with a pass. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Admission, Pass } from './admission/admission.js';
import { admittedEngine, type StreamWatcher, type WatchStream } from './admission/admitted-engine.js';
import { boundedSocketClass } from './admission/bounded-socket.js';
import { IdleWatch } from './admission/connection-watch.js';
import { defaultCredentials } from './admission/credentials.js';
import type { AdmissionLimits } from './admission/limits.js';
import { asCoded, servingError } from './errors.js';
import { keepHeartbeat } from './heartbeat.js';
import type { ServiceMetrics } from './metrics/service-metrics.js';
import { WEBSOCKET_PROTOCOLS } from './protocols/index.js';
import type { ProtocolServices, ProtocolSession, WebSocketProtocol } from './protocols/protocol.js';
import { refusalOf, refuseOnSocket } from './refusals.js';
import { traceOf } from './trace.js';

export interface UpgradeOptions {
  services: ProtocolServices;
  admission: Admission;
  limits: AdmissionLimits;
  watchers: readonly WatchStream[];
  metrics: ServiceMetrics;
  /** between pings */
  heartbeatMs: number;
  /** what is spoken at the bare address */
  rootProtocol: string;
  isDraining: () => boolean;
}

export class Upgrades {
  readonly sessions = new Map<WebSocket, ProtocolSession>();
  private connections = 0;
  private readonly servers: Map<WebSocketProtocol, WebSocketServer>;
  private readonly stopHeartbeat: () => void;

  constructor(private readonly options: UpgradeOptions) {
    const { services, limits, metrics, heartbeatMs } = options;
    const BoundedSocket = boundedSocketClass(limits.unreadBytes, () => metrics.slowReader());
    this.servers = new Map(
      WEBSOCKET_PROTOCOLS.map((protocol) => [
        protocol,
        new WebSocketServer({
          noServer: true,
          // Compressed audio would be no smaller, and what a few bytes unpack to is not bounded by them.
          perMessageDeflate: false,
          // A frame up to four times the limit is read, so that its sender is told in words.
          maxPayload: 4 * services.limits.maxMessageBytes,
          handleProtocols: (offered) => protocol.subprotocol?.(offered) ?? false,
          WebSocket: BoundedSocket,
        }),
      ]),
    );
    this.stopHeartbeat = keepHeartbeat(this.sessions, heartbeatMs);
  }

  /** Takes the server's `upgrade` event. */
  async handle(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy());
    const base = 'http://service';
    const url = URL.canParse(request.url ?? '', base) ? new URL(request.url!, base) : undefined;
    if (url?.pathname === '/') url.pathname = `/${this.options.rootProtocol}`;
    const protocol = url && WEBSOCKET_PROTOCOLS.find((candidate) => candidate.matches(url, request));
    if (!url || !protocol) return refuseOnSocket(socket, { status: 404 });
    const log = this.options.services.log.child({
      connection: ++this.connections,
      protocol: protocol.name,
      ...traceOf(request),
    });
    try {
      const pass = await this.admit(protocol, url, request);
      // Once the socket is closed, for whatever reason, the pass is free for another.
      socket.once('close', pass.release);
      if (socket.destroyed) pass.release();
      protocol.check?.(url, this.options.services);
      const admitted = pass.key ? log.child({ key: pass.key.name }) : log;
      this.servers.get(protocol)!.handleUpgrade(request, socket, head, (client) => {
        const { idleSeconds } = this.options.limits;
        const idle = new IdleWatch(client, idleSeconds, () =>
          session.fail(servingError('AUR_LIMIT_IDLE', { seconds: idleSeconds })),
        );
        const services = { ...this.options.services, log: admitted, engine: this.engineFor(pass, idle) };
        const session = protocol.open({ ...services, socket: client, request, url });
        this.sessions.set(client, session);
        client.on('close', () => this.sessions.delete(client));
      });
    } catch (error) {
      const coded = asCoded(error);
      this.options.metrics.refused(protocol.name, coded.code);
      log.info({ code: coded.code, reason: coded.message }, 'connection refused');
      refuseOnSocket(socket, refusalOf(coded, protocol.refusal?.bind(protocol)));
    }
  }

  /** Tells every session of the failure. */
  failAll(error: Error): void {
    for (const session of this.sessions.values()) session.fail(error);
  }

  /** Cuts off whoever is still there. */
  close(): void {
    for (const client of this.sessions.keys()) client.terminate();
    this.stopHeartbeat();
    for (const server of this.servers.values()) server.close();
  }

  private admit(protocol: WebSocketProtocol, url: URL, request: IncomingMessage): Promise<Pass> {
    const { admission, isDraining } = this.options;
    if (isDraining()) throw servingError('AUR_SERVING_SHUTDOWN');
    const credentials = protocol.credentials ? protocol.credentials(url, request) : defaultCredentials(url, request);
    return admission.admit(request, credentials, 'recognition');
  }

  private engineFor(pass: Pass, idle: IdleWatch) {
    const { services, limits, watchers } = this.options;
    return admittedEngine(services.engine, { limits, pass, watchers: [...watchers, () => waitingForServer(idle)] });
  }
}

function waitingForServer(idle: IdleWatch): StreamWatcher {
  let isDue = false;
  return {
    ending: () => {
      if (!isDue) idle.serverIsDue();
      isDue = true;
    },
    over: () => {
      if (isDue) idle.serverHasDone();
    },
  };
}
