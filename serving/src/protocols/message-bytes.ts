/** A message as `ws` hands it over goes in, its bytes come out. */
import type { RawData } from 'ws';

export const messageBytes = (data: RawData): Buffer =>
  Array.isArray(data) ? Buffer.concat(data) : data instanceof ArrayBuffer ? Buffer.from(data) : data;

/** Bytes that the reason in a close frame may have (RFC 6455, section 5.5). */
const MOST_REASON_BYTES = 123;

/** A reason that fits in a close frame. */
export function closeReason(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= MOST_REASON_BYTES) return text;
  // What is left of a character that was cut becomes U+FFFD, which is dropped.
  return `${new TextDecoder().decode(bytes.subarray(0, MOST_REASON_BYTES - 6)).replace(/\uFFFD$/, '')}...`;
}
