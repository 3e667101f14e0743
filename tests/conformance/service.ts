/** A service for the tests of a protocol: the bundled model on a port of its own, recordings with the text of the offline run, and every message on its
 *  sockets held to the documents that it serves. */

import { mkdtemp, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createEngine,
  type Engine,
  type EngineOptions,
  type RunningServer,
  type ServerOptions,
  startServer,
} from '@auricle/serving';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { pino } from 'pino';
import { type WebSocket, WebSocketServer } from 'ws';
import { BUNDLE, makeRecordings, RECORDINGS, type Recording } from './recordings.js';

export interface Service {
  engine: Engine;
  server: RunningServer;
  /** for sockets, `ws://host:port` */
  socketUrl: string;
  folder: string;
  recordings: Recording[];
  /** What went over the sockets since the last call, and is of no message in the documents. */
  strangeMessages(): string[];
  close(): Promise<void>;
}

export interface ServiceOptions {
  engine?: Partial<EngineOptions>;
  server?: Partial<ServerOptions>;
  /** default 20 */
  recordings?: number;
  /** API key, where the service asks for one */
  key?: string;
}

interface Seen {
  path: string;
  side: 'client' | 'server';
  text: string;
}

export async function startService(options: ServiceOptions = {}): Promise<Service> {
  const folder = await mkdtemp(join(tmpdir(), 'auricle-conformance-'));
  const engine = await createEngine({ bundle: BUNDLE, ...options.engine });
  const seen: Seen[] = [];
  const stopWatching = watchSockets((message) => seen.push(message));
  const server = await startServer({ engine, port: 0, log: pino({ level: 'silent' }), ...options.server });
  const check = await messageChecks(server.url, options.key);
  return {
    engine,
    server,
    socketUrl: server.url.replace('http', 'ws'),
    folder,
    recordings: await makeRecordings(engine, folder, options.recordings ?? RECORDINGS),
    strangeMessages: () => seen.splice(0).flatMap(check),
    async close() {
      await server.close();
      await engine.close();
      stopWatching();
      await rm(folder, { recursive: true });
    },
  };
}

/** Hears what goes over every server's sockets of this process, without changing it. */
function watchSockets(hear: (message: Seen) => void): () => void {
  const upgrade = WebSocketServer.prototype.handleUpgrade;
  WebSocketServer.prototype.handleUpgrade = function (request: IncomingMessage, socket, head, done) {
    upgrade.call(this, request, socket, head, (client: WebSocket, ...rest) => {
      const { pathname } = new URL(request.url!, 'http://service');
      client.on('message', (data, isBinary) => {
        if (!isBinary) hear({ path: pathname, side: 'client', text: data.toString() });
      });
      const send = client.send.bind(client) as (...args: unknown[]) => void;
      client.send = (...args: unknown[]) => {
        hear({ path: pathname, side: 'server', text: String(args[0]) });
        send(...args);
      };
      done(client, ...rest);
    });
  };
  return () => {
    WebSocketServer.prototype.handleUpgrade = upgrade;
  };
}

interface AsyncApi {
  channels: Record<string, { address: string; messages: Record<string, { contentType: string; payload: object }> }>;
}

/** The path of Vosk's or sherpa-onnx's clients is that of the address alone. */
const ROOT_ADDRESSES = ['/vosk', '/sherpa'];

async function messageChecks(url: string, key?: string): Promise<(message: Seen) => string[]> {
  const document = (await (
    await fetch(`${url}/asyncapi.json`, key ? { headers: { Authorization: `Bearer ${key}` } } : {})
  ).json()) as AsyncApi;
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  const checks = new Map<string, ValidateFunction[]>();
  for (const { address, messages } of Object.values(document.channels))
    for (const side of ['client', 'server'])
      checks.set(
        `${side} ${address}`,
        Object.entries(messages)
          .filter(([key, { contentType }]) => key.startsWith(`${side}.`) && contentType !== 'application/octet-stream')
          .map(([, { payload }]) => ajv.compile(payload)),
      );
  return ({ path, side, text }) => {
    const addresses = path === '/' ? ROOT_ADDRESSES : [path];
    const candidates = addresses.flatMap((address) => checks.get(`${side} ${address}`) ?? []);
    const value = parsed(text);
    return candidates.some((fits) => fits(value)) ? [] : [`${side} of ${path}: ${text}`];
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
