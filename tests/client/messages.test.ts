/** The client's messages are those of the server's schemas. */
import { type ClientError, parseServerMessage, type ServerMessage } from '@auricle/client';
import type { ServerMessage as Served } from '@auricle/serving';
import { describe, expect, expectTypeOf, it } from 'vitest';

describe('a message of the server', () => {
  it('has the type that the server checks', () => {
    expectTypeOf<Extract<Served, { type: ServerMessage['type'] }>>().toExtend<ServerMessage>();
  });

  it('of a type that is not known is left out', () => {
    expect(parseServerMessage('{"type":"weather"}')).toBeUndefined();
  });

  it.each([
    '',
    '{',
    'null',
    '[]',
    '{"type":1}',
    '{"type":"final","text":"one"}',
    '{"type":"error"}',
    '{"type":"settled"}',
  ])('is refused when it is %j', (text) => {
    const read = () => parseServerMessage(text);
    expect(read).toThrow(expect.objectContaining<Partial<ClientError>>({ code: 'AUR_CLIENT_MESSAGE' }));
  });
});
