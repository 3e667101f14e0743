/** A request goes in, the API key that it carries comes out, wherever the protocol's clients put it. */
import type { IncomingMessage } from 'node:http';

/** Of the header `Authorization`, with one of the schemes; undefined where there is no header. */
export function keyInHeader({ headers }: IncomingMessage, schemes: readonly string[]): string | undefined {
  const { authorization } = headers;
  if (authorization === undefined) return undefined;
  const [, scheme, key] = /^(\S+) +(\S+)$/.exec(authorization.trim()) ?? [];
  return scheme && schemes.includes(scheme.toLowerCase()) ? key : '';
}

/** The subprotocols that a client offers, in its order. */
export const offeredSubprotocols = ({ headers }: IncomingMessage): string[] =>
  (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
