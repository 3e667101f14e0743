/** A coded error goes in, the HTTP answer that refuses a request comes out, in the words of the protocol that the client speaks. */
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { AuricleError } from '@auricle/audio';
import { retryAfterOf, statusOf } from './errors.js';
import type { Refusal } from './protocols/protocol.js';

/** @param inWords of the protocol (default: the message as text) */
export function refusalOf(error: AuricleError, inWords?: (error: AuricleError) => Refusal): Refusal {
  const refusal = inWords?.(error) ?? { status: statusOf(error), body: `${error.code}: ${error.message}\n` };
  return { ...refusal, headers: { ...standardHeaders(refusal.status, error), ...refusal.headers } };
}

/** What HTTP wants beside a status: how to come in, or when to try again. */
export function standardHeaders(status: number, error: AuricleError): Record<string, string> {
  if (status === 401) return { 'WWW-Authenticate': 'Bearer' };
  return status === 429 || status === 503 ? { 'Retry-After': String(retryAfterOf(error)) } : {};
}

/** Answers on a socket that has no response of Node's: an upgrade that is not made, or what is no request at all. The socket ends with it. */
export function refuseOnSocket(socket: Duplex, { status, headers = {}, body = '' }: Refusal): void {
  const fields = { Connection: 'close', 'Content-Length': String(Buffer.byteLength(body)), ...headers };
  const head = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head.join('')}\r\n${body}`);
}
