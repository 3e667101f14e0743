/** OpenAI's transcription endpoint and Realtime transcription sessions, as docs/reference/protocols/openai.md describes them. */
import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { servingError } from '../../errors.js';
import { keyInHeader, offeredSubprotocols } from '../key-in-request.js';
import type { HttpProtocol, WebSocketProtocol } from '../protocol.js';
import { checkRoom } from '../room.js';
import { errorBodySchema, refusal } from './errors.js';
import { CLIENT_EVENTS, REALTIME_PATH, SERVER_EVENTS } from './realtime-messages.js';
import { RealtimeSession } from './realtime-session.js';
import { transcriptionFormSchema } from './transcription-request.js';
import { transcriptionSchema, verboseTranscriptionSchema } from './transcription-response.js';
import { answerTranscription, refuse } from './transcriptions.js';

export const TRANSCRIPTIONS_PATH = '/v1/audio/transcriptions';

/** A browser, which cannot set headers on a WebSocket, offers the key so. */
const KEY_SUBPROTOCOL = 'openai-insecure-api-key.';

const keyInSubprotocol = (request: IncomingMessage): string | undefined =>
  offeredSubprotocols(request)
    .find((name) => name.startsWith(KEY_SUBPROTOCOL))
    ?.slice(KEY_SUBPROTOCOL.length);

export const realtimeProtocol: WebSocketProtocol = {
  name: 'openai',
  description: {
    address: REALTIME_PATH,
    title: 'OpenAI Realtime',
    summary: "OpenAI's Realtime sessions, for transcription.",
    receives: CLIENT_EVENTS,
    sends: SERVER_EVENTS,
  },
  matches: (url) => url.pathname === REALTIME_PATH,
  check: (_, services) => checkRoom(services),
  subprotocol: (offered) => offered.has('realtime') && 'realtime',
  credentials: (_, request) => keyInHeader(request, ['bearer']) ?? keyInSubprotocol(request),
  refusal,
  open: (connection) => new RealtimeSession(connection),
};

const refused = (summary: string) => ({ summary, content: { 'application/json': errorBodySchema } });

export const transcriptionRoutes: HttpProtocol = {
  name: 'openai',
  routes: [
    {
      path: TRANSCRIPTIONS_PATH,
      method: 'post',
      summary: "OpenAI's transcription of recordings.",
      body: { 'multipart/form-data': transcriptionFormSchema },
      responses: {
        200: {
          summary: 'what was said',
          content: {
            'application/json': z.union([transcriptionSchema, verboseTranscriptionSchema]),
            'text/plain': undefined,
            'text/vtt': undefined,
            'text/event-stream': undefined,
          },
        },
        400: refused('a field or the audio cannot be used'),
        401: refused('no valid API key'),
        403: refused('the key or the page may not use the service'),
        405: refused('another method than POST'),
        413: refused('the form is larger than the server takes'),
        429: refused('too many streams for the key or the address'),
        431: { summary: "the request's head has more than 16 KiB", content: {} },
        500: refused('the service failed'),
        503: refused('all streams are taken, or the service cannot take requests now'),
      },
    },
  ],
  credentials: (_, request) => keyInHeader(request, ['bearer']),
  refusal,
  mount(app, services) {
    app.post(TRANSCRIPTIONS_PATH, (c) => answerTranscription(c, services));
    app.all(TRANSCRIPTIONS_PATH, (c) => {
      const response = refuse(
        c,
        services,
        servingError('AUR_PROTOCOL_METHOD', { method: c.req.method, expected: 'POST' }),
      );
      response.headers.set('Allow', 'POST');
      return response;
    });
  },
};
