/** What a protocol says of itself: from this, and from the same schemas that check its messages, the served documents are made. */
import type { z } from 'zod';

/** A WebSocket endpoint. */
export interface ChannelDescription {
  /** path */
  address: string;
  title: string;
  summary: string;
  /** of the upgrade request */
  query?: z.ZodType;
  /** JSON messages of the client, by name */
  receives: Readonly<Record<string, z.ZodType>>;
  /** JSON messages of the server, by name */
  sends: Readonly<Record<string, z.ZodType>>;
  /** what binary messages of the client hold */
  binary?: string;
  /** text messages that are no JSON */
  texts?: { receives?: readonly string[]; sends?: readonly string[] };
}

/** What a body may be: without a schema, bytes or text. */
export type ContentDescription = Readonly<Record<string, z.ZodType | undefined>>;

export interface RouteDescription {
  /** path, with parameters in braces */
  path: string;
  method: 'get' | 'post' | 'delete';
  summary: string;
  /** in the path */
  parts?: z.ZodType;
  headers?: z.ZodType;
  query?: z.ZodType;
  body?: ContentDescription;
  /** by status */
  responses: Readonly<Record<number, { summary: string; content: ContentDescription }>>;
}

/** Whether a parameter or a message does what it does at the vendor's. */
export type Support = 'works' | 'partly' | 'no effect yet' | 'no effect';

/** What a schema says of a parameter, for documents and tables. */
export const described = (support: Support, description: string) => ({ 'x-support': support, description });
