/** The `Origin` that a browser sends goes in, whether its page may use the service comes out. */
import type { IncomingMessage } from 'node:http';

/** Programs send no origin and are judged by their key alone. A page of the service itself may always use it.
 *  @param allowed origins such as `https://app.example.com`; `*` allows every page */
export function isOriginAllowed(request: IncomingMessage, allowed: readonly string[]): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined || allowed.includes('*') || allowed.includes(origin)) return true;
  // `null` (a file, a sandboxed frame) and whatever else is no address never is the service's own.
  return host !== undefined && URL.canParse(origin) && new URL(origin).host === host.toLowerCase();
}
