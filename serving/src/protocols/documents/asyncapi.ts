/** The WebSocket protocols go in, an AsyncAPI document about them comes out. */
import { z } from 'zod';
import type { ChannelDescription } from './description.js';

export type JsonDocument = Record<string, unknown>;

/** @param schema of a message as it stands on the wire */
export const wireSchema = (schema: z.ZodType, io: 'input' | 'output'): JsonDocument => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
};

interface Message {
  name: string;
  contentType: string;
  payload: JsonDocument;
}

const json = (name: string, schema: z.ZodType, io: 'input' | 'output'): [string, Message] => [
  name,
  { name, contentType: 'application/json', payload: wireSchema(schema, io) },
];
const text = (name: string): [string, Message] => [
  name,
  { name, contentType: 'text/plain', payload: { type: 'string', const: name } },
];

/** What either side sends, by name. */
function messages(channel: ChannelDescription): { receives: [string, Message][]; sends: [string, Message][] } {
  const { receives, sends, binary, texts = {} } = channel;
  return {
    receives: [
      ...Object.entries(receives).map(([name, schema]) => json(name, schema, 'input')),
      ...(texts.receives ?? []).map(text),
      ...(binary
        ? [
            [
              'audio',
              {
                name: 'audio',
                contentType: 'application/octet-stream',
                payload: { type: 'string', format: 'binary', description: binary },
              },
            ] as [string, Message],
          ]
        : []),
    ],
    sends: [
      ...Object.entries(sends).map(([name, schema]) => json(name, schema, 'output')),
      ...(texts.sends ?? []).map(text),
    ],
  };
}

export interface NamedChannel {
  name: string;
  description: ChannelDescription;
}

export function asyncApiDocument(protocols: readonly NamedChannel[], version: string): JsonDocument {
  const channels: JsonDocument = {};
  const operations: JsonDocument = {};
  for (const { name, description } of protocols) {
    const { receives, sends } = messages(description);
    // A message's name may be that of one of the other side.
    const keyed = (side: string, list: [string, Message][]) =>
      list.map(([key, message]): [string, Message] => [`${side}.${key}`, message]);
    channels[name] = {
      address: description.address,
      title: description.title,
      summary: description.summary,
      messages: Object.fromEntries([...keyed('client', receives), ...keyed('server', sends)]),
      ...(description.query && {
        bindings: { ws: { method: 'GET', query: wireSchema(description.query, 'input'), bindingVersion: '0.1.0' } },
      }),
    };
    // "receive" and "send" are the service's own: what the client sends, it receives.
    const refs = (side: string, list: [string, Message][]) =>
      list.map(([key]) => ({ $ref: `#/channels/${name}/messages/${side}.${key}` }));
    operations[`${name}.receive`] = {
      action: 'receive',
      channel: { $ref: `#/channels/${name}` },
      messages: refs('client', receives),
    };
    operations[`${name}.send`] = {
      action: 'send',
      channel: { $ref: `#/channels/${name}` },
      messages: refs('server', sends),
    };
  }
  return {
    asyncapi: '3.0.0',
    info: { title: 'Auricle', version, description: 'Speech recognition over WebSockets, in several protocols.' },
    defaultContentType: 'application/json',
    channels,
    operations,
  };
}
