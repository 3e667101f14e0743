/** What Vosk's clients are told when they break the protocol, or when the service is full: by the handshake or the close frame, for it has no messages for it. */
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { clientProgram, output } from '../programs.js';
import { type Service, startService } from '../service.js';

let service: Service;
beforeAll(async () => {
  service = await startService({
    recordings: 1,
    engine: { maxStreams: 2 },
    server: { maxMessageBytes: 100_000 },
  });
});
afterAll(() => service.close());

async function closeOf(messages: (string | Buffer)[], path = '/'): Promise<{ code: number; reason: string }> {
  const socket = new WebSocket(service.socketUrl + path);
  await once(socket, 'open');
  for (const message of messages) socket.send(message);
  const [code, reason] = (await once(socket, 'close')) as [number, Buffer];
  return { code, reason: reason.toString() };
}

const AUDIO = Buffer.alloc(3200);

describe('a client that breaks the protocol', () => {
  const cases: [string, (string | Buffer)[], number, string][] = [
    ['sends text that is no JSON', ['hello'], 1007, 'AUR_PROTOCOL_NOT_JSON'],
    ['sends JSON that is no message', ['[1, 2]'], 1007, 'AUR_PROTOCOL_MESSAGE'],
    ['sends a message of no kind', ['{"begin": 1}'], 1007, 'AUR_PROTOCOL_MESSAGE'],
    ['names a rate of 0', ['{"config": {"sample_rate": 0}}'], 1007, 'sample_rate'],
    ['names a rate as text', ['{"config": {"sample_rate": "16000"}}'], 1007, 'sample_rate'],
    ['sends no list of phrases', ['{"config": {"phrase_list": "one"}}'], 1007, 'phrase_list'],
    ['goes on after the end', ['{"eof" : 1}', AUDIO], 1000, ''],
    ['sends more at once than the server takes', [Buffer.alloc(200_000)], 1009, 'AUR_PROTOCOL_TOO_LARGE'],
  ];
  it.each(cases)('%s', async (_, messages, code, reason) => {
    const close = await closeOf(messages);
    expect(close.code).toBe(code);
    expect(close.reason).toContain(reason);
  });

  it('goes on while the last words are still on their way', async () => {
    const [{ s16le }] = service.recordings;
    const config = '{"config": {"sample_rate": 16000}}';
    expect(await closeOf([config, s16le.subarray(0, 96_000), '{"eof" : 1}', AUDIO])).toMatchObject({ code: 1008 });
  });

  it('asks for more phrases than there may be characters', async () => {
    const phrases = Array.from({ length: 200 }, () => 'a'.repeat(150));
    const config = JSON.stringify({ config: { phrase_list: phrases } });
    expect(await closeOf([config, AUDIO])).toMatchObject({ code: 1008 });
  });
});

describe('a full service', () => {
  const audio = Buffer.alloc(32_000);

  async function occupy(): Promise<WebSocket[]> {
    const sockets: WebSocket[] = [];
    while (sockets.length < 2) {
      const socket = new WebSocket(`${service.socketUrl}/vosk`);
      sockets.push(socket);
      await once(socket, 'open');
      socket.send(audio);
      await once(socket, 'message');
    }
    return sockets;
  }

  async function leave(sockets: readonly WebSocket[]): Promise<void> {
    for (const socket of sockets) {
      socket.close();
      await once(socket, 'close');
    }
  }

  it('answers the handshake with 503 and a reason', async () => {
    const sockets = await occupy();
    const socket = new WebSocket(service.socketUrl);
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage];
    expect(response.statusCode).toBe(503);
    let body = '';
    for await (const piece of response) body += piece;
    expect(body).toContain('AUR_SERVING_FULL');
    await leave(sockets);
  });

  it('closes with 1013 where the place is taken between the handshake and the first audio', async () => {
    const late = new WebSocket(service.socketUrl);
    await once(late, 'open');
    const sockets = await occupy();
    late.send(audio);
    const [code, reason] = (await once(late, 'close')) as [number, Buffer];
    expect(code).toBe(1013);
    expect(reason.toString()).toContain('AUR_SERVING_FULL');
    await leave(sockets);
  });

  const python = clientProgram('vosk-transcriber') && clientProgram('python');
  it.skipIf(!python)("is an InvalidStatus of 503 to Vosk's Python client", async () => {
    const sockets = await occupy();
    const program = `
import asyncio, sys, argparse
from vosk.transcriber.transcriber import Transcriber
client = Transcriber.__new__(Transcriber)
client.args = argparse.Namespace(server=sys.argv[1])
try:
    asyncio.run(client.recognize_stream_server(None))
except Exception as error:
    print(type(error).__name__, error.response.status_code)
`;
    const printed = await output(python!, ['-c', program, service.socketUrl]);
    expect(printed.trim()).toBe('InvalidStatus 503');
    await leave(sockets);
  });
});
