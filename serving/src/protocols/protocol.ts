/** What a protocol on the service's port is: it knows its requests, opens a session for each connection, and says no in its own words. */
import type { IncomingMessage } from 'node:http';
import type { AuricleError } from '@auricle/audio';
import type { Hono } from 'hono';
import type { Logger } from 'pino';
import type { WebSocket } from 'ws';
import type { Engine } from '../engine.js';
import type { ChannelDescription, RouteDescription } from './documents/description.js';

export interface ProtocolLimits {
  /** largest message, bytes */
  maxMessageBytes: number;
  /** audio of a stream that may wait for its worker before the socket is no longer read, bytes */
  maxPendingBytes: number;
  /** largest body of a request, bytes */
  maxUploadBytes: number;
  /** without audio, after which protocols that have such a rule close a connection, ms */
  idleMs: number;
}

/** What sessions and routes of every protocol work with. */
export interface ProtocolServices {
  engine: Engine;
  /** never gets audio or transcripts */
  log: Logger;
  limits: ProtocolLimits;
}

export interface Connection extends ProtocolServices {
  socket: WebSocket;
  request: IncomingMessage;
  /** of the request: path and query */
  url: URL;
}

/** One WebSocket connection under way. It hears the socket's events by itself. */
export interface ProtocolSession {
  /** Tells the client of the failure in the protocol's own form and closes; the stream is dropped. */
  fail(error: unknown): void;
}

/** The answer to an upgrade that is not made. */
export interface Refusal {
  /** HTTP status */
  status: number;
  headers?: Record<string, string>;
  body?: string;
}

export interface WebSocketProtocol {
  name: string;
  /** Whether an upgrade request is of this protocol. */
  matches(url: URL, request: IncomingMessage): boolean;
  /** What the served AsyncAPI document says of it. */
  description: ChannelDescription;
  /** Looks at the request before the upgrade; what it throws is told at the handshake (default: every request may be upgraded).
   *  @throws AuricleError */
  check?(url: URL, services: ProtocolServices): void;
  /** The subprotocol to agree to, of those the client offers (default: none). */
  subprotocol?(offered: ReadonlySet<string>): string | false;
  /** The API key or token that the request carries (default: `Authorization: Bearer` or `Token`, or a token as `?token=`). */
  credentials?(url: URL, request: IncomingMessage): string | undefined;
  /** How the protocol's clients are told at the handshake, before there is a session (default: the code's status and the message as text). */
  refusal?(error: AuricleError): Refusal;
  open(connection: Connection): ProtocolSession;
}

/** Routes of requests that are answered without a socket. */
export interface HttpProtocol {
  name: string;
  /** What the served OpenAPI document says of its routes. */
  routes: readonly RouteDescription[];
  /** The API key or token that the request carries (default: `Authorization: Bearer` or `Token`, or a token as `?token=`). */
  credentials?(url: URL, request: IncomingMessage): string | undefined;
  /** How the protocol's clients are told that a request was not admitted (default: the code's status and the message as text). */
  refusal?(error: AuricleError): Refusal;
  mount(app: Hono, services: ProtocolServices): void;
}
