/** A request goes in, its body comes out, of a bounded size. */
import type { Context } from 'hono';
import { servingError } from '../errors.js';

/** @throws AUR_PROTOCOL_TOO_LARGE as soon as it is known */
export async function readBody(c: Context, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  const stated = Number(c.req.header('content-length') ?? 0);
  if (stated > limit) throw servingError('AUR_PROTOCOL_TOO_LARGE', { bytes: stated, limit });
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  const reader = c.req.raw.body?.getReader();
  while (reader) {
    const { value, done } = await reader.read();
    if (done) break;
    bytes += value.length;
    if (bytes > limit) {
      await reader.cancel();
      throw servingError('AUR_PROTOCOL_TOO_LARGE', { bytes, limit });
    }
    pieces.push(value);
  }
  const body = new Uint8Array(bytes);
  let at = 0;
  for (const piece of pieces) {
    body.set(piece, at);
    at += piece.length;
  }
  return body;
}
