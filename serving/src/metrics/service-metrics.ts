/** What happens in the service goes in, Prometheus' text comes out. */
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';

export class ServiceMetrics {
  private readonly registry = new Registry();
  private readonly refusals = new Counter({
    name: 'auricle_refused_total',
    help: 'Connections and requests that were not let in, by protocol and error code',
    labelNames: ['protocol', 'code'],
    registers: [this.registry],
  });
  private readonly slowReaders = new Counter({
    name: 'auricle_slow_readers_total',
    help: 'Clients cut off because they did not read what they were sent',
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  text(): Promise<string> {
    return this.registry.metrics();
  }

  refused(protocol: string, code: string): void {
    this.refusals.inc({ protocol, code });
  }

  slowReader(): void {
    this.slowReaders.inc();
  }

  /** A value that is read whenever the metrics are. */
  gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      registers: [this.registry],
      collect() {
        this.set(read());
      },
    });
  }
}
