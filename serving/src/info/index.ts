/** What the service tells of itself over HTTP, for the pages and for programs: the models it offers and its live figures. */
import type { z } from 'zod';
import { servingError } from '../errors.js';
import type { HttpProtocol } from '../protocols/protocol.js';
import { refusalOf } from '../refusals.js';
import { modelListSchema, modelsOf } from './models.js';
import { statusReader, statusSchema } from './status.js';

export const MODELS_PATH = '/v1/models';
export const STATUS_PATH = '/v1/status';

/** In words, as text. */
const refused = (summary: string) => ({ summary, content: { 'text/plain': undefined } });
const responses = (summary: string, schema: z.ZodType) => ({
  200: { summary, content: { 'application/json': schema } },
  401: refused('no valid API key'),
  403: refused('the key or the page may not use the service'),
  405: refused('another method than GET'),
  429: refused('too many requests'),
  431: { summary: "the request's head has more than 16 KiB", content: {} },
  503: refused('all connections are taken'),
});

export const informationRoutes: HttpProtocol = {
  name: 'information',
  routes: [
    {
      path: MODELS_PATH,
      method: 'get',
      summary: 'The models to choose from.',
      responses: responses('all of them', modelListSchema),
    },
    {
      path: STATUS_PATH,
      method: 'get',
      summary: 'What the service is doing now.',
      responses: responses('figures since the last reading', statusSchema),
    },
  ],
  mount(app, { engine }) {
    const status = statusReader(engine);
    app.get(MODELS_PATH, (c) => c.json(modelsOf(engine)));
    app.get(STATUS_PATH, (c) => c.json(status(), 200, { 'Cache-Control': 'no-store' }));
    for (const path of [MODELS_PATH, STATUS_PATH])
      app.all(path, (c) => {
        const error = servingError('AUR_PROTOCOL_METHOD', { method: c.req.method, expected: 'GET' });
        const { body, headers } = refusalOf(error);
        return c.body(body ?? '', 405, { ...headers, Allow: 'GET' });
      });
  },
};
