/** Metrics go in, a port of their own that Prometheus reads them from comes out: not for the outside, and so without keys. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { listen } from '../listen.js';
import type { ServiceMetrics } from './service-metrics.js';

export interface MetricsServer {
  port: number;
  close(): void;
}

/** @throws AUR_SERVING_LISTEN */
export async function startMetricsServer(metrics: ServiceMetrics, host: string, port: number): Promise<MetricsServer> {
  const server: Server = createServer(async (request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'Content-Type': metrics.contentType }).end(await metrics.text());
  });
  server.maxConnections = 100;
  await listen(server, host, port);
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
