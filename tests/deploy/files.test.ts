/** The files of deploy/: each by the program that reads it or its own validator, and against what the service is and does. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readServeConfig } from '@auricle/cli/serve/config';
import { createEngine, startServer } from '@auricle/serving';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { systemProgram } from '../conformance/programs.js';
import { check, ROOT, validator } from './validators.js';

const DEPLOY = join(ROOT, 'deploy');
const read = (...names: string[]) => readFile(join(DEPLOY, ...names), 'utf8');

let folder: string;
/** of metrics that a service really has */
let metricNames: Set<string>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auricle-deploy-'));
  const engine = await createEngine({ bundle: join(ROOT, 'models/digits-en') });
  const log = pino({ level: 'silent' });
  const server = await startServer({
    engine,
    port: 0,
    log,
    logFailures: () => 0,
    access: { keyList: 'app:a-key-that-is-to-be-counted' },
  });
  const headers = { Authorization: 'Bearer a-key-that-is-to-be-counted' };
  const text = await (await fetch(`${server.url}/metrics`, { headers })).text();
  metricNames = new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map((match) => match[1]));
  await server.close();
  await engine.close();
});
afterAll(() => rm(folder, { recursive: true }));

/** Names of metrics, without what Prometheus appends to those of histograms. */
const metricsIn = (text: string): string[] =>
  [...text.matchAll(/\b((?:auricle|process|nodejs)_\w+)/g)].map((match) =>
    match[1].replace(/_(bucket|sum|count)$/, ''),
  );

describe('the container file', () => {
  const hadolint = validator('hadolint');
  it.skipIf(!hadolint)('has nothing that hadolint objects to', () => {
    expect(check(hadolint!, [join(DEPLOY, 'Containerfile')])).toEqual({ status: 0, printed: '' });
  });

  it('takes every room, and runs as a user without rights', async () => {
    const text = await read('Containerfile');
    const { workspaces } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { workspaces: string[] };
    const last = text.slice(text.lastIndexOf('\nFROM '));
    for (const room of workspaces) expect(last).toMatch(new RegExp(`COPY --from=build /app/${room}(/dist)? `));
    expect(last).toMatch(/^USER [1-9]\d*:[1-9]\d*$/m);
  });
});

describe('settings of nodes', () => {
  it.each(['serve.yaml', 'kubernetes/serve.yaml'])('%s are those of the service', async (name) => {
    const config = await readServeConfig(join(DEPLOY, name));
    expect(config).toMatchObject({ host: '0.0.0.0', port: 8080, metrics: { port: 9090 } });
    expect(config.access.keyFile).toBeDefined();
  });
});

interface ComposeService {
  stop_grace_period?: string;
  read_only?: boolean;
  cap_drop?: string[];
  volumes?: string[];
}

describe('the compose file', () => {
  const python = validator('python');
  const filled = async () =>
    (await read('compose.yaml')).replace(/\$\{\w+:-([^}]*)\}/g, '$1').replace(/\$\{\w+:\?[^}]*\}/g, './x');

  it.skipIf(!python)('is one by the specification', async () => {
    const checked = check(python!, [join(import.meta.dirname, 'validate_compose.py')], await filled());
    expect(checked).toEqual({ status: 0, printed: 'batch grafana nginx node-1 node-2 prometheus redis\n' });
  });

  it('waits longer for nodes than they drain, gives no service rights, and names files that are there', async () => {
    const { services } = parse(await filled(), { merge: true }) as { services: Record<string, ComposeService> };
    const { drainSeconds } = await readServeConfig(join(DEPLOY, 'serve.yaml'));
    for (const [name, { stop_grace_period, read_only, cap_drop, volumes = [] }] of Object.entries(services)) {
      expect([name, cap_drop]).toEqual([name, ['ALL']]);
      if (name.startsWith('node-')) {
        expect(Number.parseInt(stop_grace_period!, 10)).toBeGreaterThan(drainSeconds);
        expect(read_only).toBe(true);
      }
      for (const [source] of volumes.map((volume) => volume.split(':')))
        if (source.startsWith('./') && name !== 'batch') expect(existsSync(join(DEPLOY, source)), source).toBe(true);
    }
  });
});

describe('Prometheus and Grafana', () => {
  const promtool = systemProgram('promtool');
  it.skipIf(!promtool)('understand settings, alerts and the queries of the dashboard', async () => {
    const configured = check(promtool!, ['check', 'config', join(DEPLOY, 'prometheus/prometheus.yml')]);
    expect(configured.printed).toContain('rules found');
    expect(configured.status).toBe(0);
    // promtool checks queries in rules.
    const { panels } = JSON.parse(await read('grafana/dashboards/auricle.json')) as {
      panels: { targets: { expr: string }[] }[];
    };
    const rules = panels
      .flatMap(({ targets }) => targets)
      .map(({ expr }, i) => ({ record: `panel:query${i}`, expr: expr.replaceAll('$__rate_interval', '1m') }));
    expect(rules.length).toBeGreaterThan(20);
    const file = join(folder, 'rules.yml');
    await writeFile(file, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }));
    expect(check(promtool!, ['check', 'rules', file])).toMatchObject({ status: 0 });
  });

  it.each(['prometheus/alerts.yml', 'grafana/dashboards/auricle.json', 'kubernetes/autoscaler.yaml'])(
    '%s asks for metrics that the service has',
    async (name) => {
      const asked = metricsIn(await read(name)).filter((metric) => metric !== 'process');
      expect(asked.length).toBeGreaterThan(0);
      for (const metric of asked) expect(metricNames, metric).toContain(metric);
    },
  );

  it('has a dashboard that is up to date: else run node scripts/grafana-dashboard.mjs', async () => {
    const made = join(folder, 'auricle.json');
    execFileSync(process.execPath, [join(ROOT, 'scripts/grafana-dashboard.mjs'), made]);
    expect(JSON.parse(await read('grafana/dashboards/auricle.json'))).toEqual(JSON.parse(await readFile(made, 'utf8')));
  });
});

describe('the Kubernetes manifests', () => {
  const validate = validator('kubernetes-validate');
  const names = async () =>
    (await readdir(join(DEPLOY, 'kubernetes'))).filter((name) => !['kustomization.yaml', 'serve.yaml'].includes(name));

  it.skipIf(!validate)('fit the schemas of Kubernetes', async () => {
    for (const name of await names()) {
      const { status, printed } = check(validate!, ['--strict', join(DEPLOY, 'kubernetes', name)]);
      expect([name, status, printed]).toEqual([name, 0, expect.stringContaining('passed')]);
    }
  });

  const kubectl = systemProgram('kubectl');
  it.skipIf(!kubectl || !validate)('are put together by kustomize, and fit then', async () => {
    const { status, printed } = check(kubectl!, ['kustomize', join(DEPLOY, 'kubernetes')]);
    expect(status).toBe(0);
    const file = join(folder, 'all.yaml');
    await writeFile(file, printed);
    expect(check(validate!, ['--strict', file])).toMatchObject({ status: 0 });
    const kinds = parseAllDocuments(printed).map((one) => (one.toJSON() as { kind: string }).kind);
    expect(kinds).toHaveLength(8);
  });

  it('name all of them, and wait longer than nodes drain', async () => {
    const { resources } = parse(await read('kubernetes/kustomization.yaml')) as { resources: string[] };
    expect(resources.toSorted()).toEqual((await names()).toSorted());
    const { spec } = parse(await read('kubernetes/deployment.yaml')).spec.template;
    const [{ lifecycle, readinessProbe, livenessProbe }] = spec.containers;
    const { drainSeconds } = await readServeConfig(join(DEPLOY, 'kubernetes/serve.yaml'));
    expect(spec.terminationGracePeriodSeconds).toBeGreaterThan(lifecycle.preStop.sleep.seconds + drainSeconds);
    expect([readinessProbe.httpGet.path, livenessProbe.httpGet.path]).toEqual(['/readyz', '/healthz']);
  });
});
