/** A request's W3C `traceparent` goes in, the identifiers that its log lines carry come out, in OpenTelemetry's names. */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

export interface TraceIds {
  /** 32 hexadecimal digits, the caller's where it sends any */
  trace_id: string;
  /** 16 hexadecimal digits, of this request */
  span_id: string;
  /** the caller's span */
  parent_span_id?: string;
}

const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}(?:-.*)?$/;

export function traceOf({ headers: { traceparent } }: Pick<IncomingMessage, 'headers'>): TraceIds {
  const [, trace, parent] = (typeof traceparent === 'string' && TRACEPARENT.exec(traceparent.trim())) || [];
  return {
    trace_id: trace ?? randomBytes(16).toString('hex'),
    span_id: randomBytes(8).toString('hex'),
    ...(parent && { parent_span_id: parent }),
  };
}
