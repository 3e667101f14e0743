/** The service's parts go in, its HTTP routes come out: health, accounts, the protocols' requests behind the admission layer, and the page. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { HttpBindings } from '@hono/node-server';
import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { secureHeaders } from 'hono/secure-headers';
import type { Admission, Pass, Purpose } from './admission/admission.js';
import { admittedEngine, type WatchStream } from './admission/admitted-engine.js';
import { defaultCredentials } from './admission/credentials.js';
import type { AdmissionLimits } from './admission/limits.js';
import type { Engine, StreamOptions } from './engine.js';
import { asCoded } from './errors.js';
import type { ServiceMetrics } from './metrics/service-metrics.js';
import { mountPage } from './page-files.js';
import { httpProtocols } from './protocols/index.js';
import type { HttpProtocol, ProtocolServices } from './protocols/protocol.js';
import { refusalOf } from './refusals.js';
import { traceOf } from './trace.js';

export interface RouteOptions {
  services: ProtocolServices;
  admission: Admission;
  limits: AdmissionLimits;
  watchers: readonly WatchStream[];
  metrics: ServiceMetrics;
  /** whether `/metrics` is here, behind the keys, or on a port of its own */
  servesMetrics: boolean;
  isReady: () => boolean;
  /** besides the service's own */
  furtherRoutes: readonly HttpProtocol[];
}

type Bindings = { Bindings: HttpBindings; Variables: { pass: Pass } };

export function routes(options: RouteOptions): Hono {
  const { admission, metrics, servesMetrics, isReady } = options;
  const app = new Hono<Bindings>();
  app.use(
    secureHeaders({
      strictTransportSecurity: false,
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'"],
        connectSrc: ["'self'"],
        workerSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
      permissionsPolicy: { microphone: ['self'], camera: [] },
    }),
  );
  app.get('/healthz', (c) => c.text('ok'));
  app.get('/readyz', (c) => (isReady() ? c.text('ready') : c.text('not ready', 503)));

  const account = admitted(options, 'account');
  if (admission.needsKeys) {
    app.post('/v1/tokens', account, async (c) => c.json(await admission.mintFor(c.get('pass'))));
    app.get('/v1/usage', account, (c) => {
      const { key, usage } = c.get('pass');
      return c.json({ key: key!.name, limits: key!.limits, usage });
    });
  }
  if (servesMetrics)
    app.get('/metrics', account, async (c) =>
      c.body(await metrics.text(), 200, { 'Content-Type': metrics.contentType }),
    );

  mountProtocols(app, options);
  mountPage(app as unknown as Hono);
  return app as unknown as Hono;
}

/** Every route of a protocol is behind the admission layer. The engine that its handlers see is that of the request's pass. */
function mountProtocols(app: Hono<Bindings>, options: RouteOptions): void {
  const { services, limits, watchers, furtherRoutes } = options;
  const passes = new AsyncLocalStorage<Pass>();
  const openStream = (stream: StreamOptions) => {
    const pass = passes.getStore()!;
    return admittedEngine(services.engine, { limits, pass, watchers }).openStream(stream);
  };
  const engine = new Proxy<Engine>(services.engine, {
    get(target, name) {
      if (name === 'openStream') return openStream;
      const value = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  for (const protocol of httpProtocols(furtherRoutes)) {
    const own = new Hono<Bindings>();
    protocol.mount(own as unknown as Hono, { ...services, engine });
    for (const path of new Set(own.routes.map((route) => route.path))) {
      app.use(path, admitted(options, 'recognition', protocol));
      app.use(path, (c, next) => passes.run(c.get('pass'), next));
    }
    app.route('/', own);
  }
}

function admitted(
  { admission, metrics, services }: RouteOptions,
  purpose: Purpose,
  protocol?: HttpProtocol,
): MiddlewareHandler<Bindings> {
  return async (c, next) => {
    const { incoming, outgoing } = c.env;
    const url = new URL(c.req.url);
    const trace = traceOf(incoming);
    let pass: Pass;
    try {
      const credentials = protocol?.credentials?.(url, incoming) ?? defaultCredentials(url, incoming);
      pass = await admission.admit(incoming, credentials, purpose);
    } catch (error) {
      const coded = asCoded(error);
      metrics.refused(protocol?.name ?? 'account', coded.code);
      services.log.info({ ...trace, path: url.pathname, code: coded.code, reason: coded.message }, 'request refused');
      return answer(c, refusalOf(coded, protocol?.refusal?.bind(protocol)));
    }
    // An answer may go on after its handler has returned.
    outgoing.once('close', pass.release);
    c.set('pass', pass);
    return next();
  };
}

function answer(c: Context<Bindings>, { status, headers, body }: ReturnType<typeof refusalOf>): Response {
  return c.body(body ?? '', status as 400, headers);
}
