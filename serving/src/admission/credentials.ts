/** A request goes in, the API key or token that it carries comes out. */
import type { IncomingMessage } from 'node:http';
import { isToken } from './tokens.js';

/** `Authorization: Bearer …` or `Token …`; a browser, which cannot set headers on a WebSocket, says `?token=…`. Keys are not taken from there, for addresses
 *  end up in logs. */
export function defaultCredentials(url: URL, request: IncomingMessage): string | undefined {
  const header = request.headers.authorization;
  if (header !== undefined) return /^(?:bearer|token) +(\S+)$/i.exec(header.trim())?.[1] ?? '';
  const inQuery = url.searchParams.get('token');
  return inQuery !== null && isToken(inQuery) ? inQuery : undefined;
}
