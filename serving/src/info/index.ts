/** What the service tells of itself over HTTP, for the pages and for programs: the models it offers and its live figures. */
import type { HttpProtocol } from '../protocols/protocol.js';
import { modelsOf } from './models.js';
import { statusReader } from './status.js';

export const informationRoutes: HttpProtocol = {
  name: 'information',
  mount(app, { engine }) {
    const status = statusReader(engine);
    app.get('/v1/models', (c) => c.json(modelsOf(engine)));
    app.get('/v1/status', (c) => c.json(status(), 200, { 'Cache-Control': 'no-store' }));
  },
};
