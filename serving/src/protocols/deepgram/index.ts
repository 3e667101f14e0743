/** Deepgram's live and prerecorded endpoints, as docs/reference/protocols/deepgram.md describes them. */
import type { IncomingMessage } from 'node:http';
import { servingError } from '../../errors.js';
import { keyInHeader, offeredSubprotocols } from '../key-in-request.js';
import type { HttpProtocol, WebSocketProtocol } from '../protocol.js';
import { checkRoom } from '../room.js';
import { deepgramHotwords } from './hotwords.js';
import * as messages from './messages.js';
import { liveParametersSchema, parseLive, prerecordedParametersSchema } from './parameters.js';
import { answerPrerecorded, prerecordedResponseSchema } from './prerecorded.js';
import { refusal, refusalSchema } from './refusal.js';
import { DeepgramSession } from './session.js';

const { LISTEN_PATH } = messages;

/** What a key may be sent as, besides a header: `["token", KEY]` or `["bearer", JWT]`. */
const AUTH_SUBPROTOCOLS = ['token', 'bearer'];

const AUTH_SCHEMES = ['token', 'bearer'];

/** A browser, which cannot set headers on a WebSocket, offers the key behind the scheme. */
function keyInSubprotocol(request: IncomingMessage): string | undefined {
  const offered = offeredSubprotocols(request);
  const at = offered.findIndex((name) => AUTH_SUBPROTOCOLS.includes(name));
  return at < 0 ? undefined : offered[at + 1];
}

export const deepgramProtocol: WebSocketProtocol = {
  name: 'deepgram',
  description: {
    address: LISTEN_PATH,
    title: 'Deepgram live',
    summary: "Deepgram's live transcription.",
    query: liveParametersSchema,
    receives: {
      KeepAlive: messages.keepAliveSchema,
      Finalize: messages.finalizeSchema,
      CloseStream: messages.closeStreamSchema,
      Configure: messages.configureSchema,
    },
    sends: {
      Results: messages.resultsSchema,
      UtteranceEnd: messages.utteranceEndSchema,
      SpeechStarted: messages.speechStartedSchema,
      Metadata: messages.metadataSchema,
      Error: messages.errorSchema,
    },
    binary: 'audio in the encoding that the query names, or a recording in a container',
  },
  matches: (url) => url.pathname === LISTEN_PATH,
  check(url, services) {
    deepgramHotwords(parseLive(url.searchParams));
    checkRoom(services);
  },
  subprotocol: (offered) => AUTH_SUBPROTOCOLS.find((name) => offered.has(name)) ?? false,
  credentials: (_, request) => keyInHeader(request, AUTH_SCHEMES) ?? keyInSubprotocol(request),
  refusal,
  open: (connection) => new DeepgramSession(connection),
};

const refused = (summary: string) => ({ summary, content: { 'application/json': refusalSchema } });

export const deepgramRoutes: HttpProtocol = {
  name: 'deepgram',
  routes: [
    {
      path: LISTEN_PATH,
      method: 'post',
      summary: "Deepgram's transcription of recordings.",
      query: prerecordedParametersSchema,
      body: { 'application/octet-stream': undefined, 'audio/*': undefined },
      responses: {
        200: { summary: 'what was said', content: { 'application/json': prerecordedResponseSchema } },
        400: refused('a parameter or the audio cannot be used'),
        401: refused('no valid API key'),
        403: refused('the key or the page may not use the service'),
        405: refused('another method than POST'),
        413: refused('the recording is larger than the server takes'),
        431: { summary: "the request's head, query and all, has more than 16 KiB", content: {} },
        429: refused('all streams are taken, or too many for the key or the address'),
        500: refused('the service failed'),
        503: refused('the service cannot take requests now'),
      },
    },
  ],
  credentials: (_, request) => keyInHeader(request, AUTH_SCHEMES),
  refusal,
  mount(app, services) {
    app.post(LISTEN_PATH, (c) => answerPrerecorded(c, services));
    app.all(LISTEN_PATH, (c) => {
      const { status, headers, body } = refusal(
        servingError('AUR_PROTOCOL_METHOD', { method: c.req.method, expected: 'POST' }),
      );
      return new Response(body, { status, headers: { ...headers, Allow: 'POST' } });
    });
  },
};
