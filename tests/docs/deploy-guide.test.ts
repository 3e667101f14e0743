/** docs/guides/deploy.md: its commands that need no container engine, and what it says of the files of deploy/. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type Guide, openGuide, ROOT } from './guide.js';

let guide: Guide;
beforeAll(async () => {
  guide = await openGuide('deploy.md');
});
afterAll(() => guide.remove());

it('makes the keys that the containers are given', () => {
  expect(guide.commands).toHaveLength(2);
  const [add, list] = guide.commands;
  expect(guide.run(add)).toMatch(/^aur_/);
  expect(guide.run(list)).toMatch(/^app: made /);
});

it('names every variable that the compose file asks for, and the secret that the manifests do', async () => {
  const compose = await readFile(join(ROOT, 'deploy/compose.yaml'), 'utf8');
  const asked = [...compose.matchAll(/\$\{(\w+):\?/g)].map((match) => match[1]);
  expect(asked.length).toBe(3);
  for (const name of asked) expect(guide.text).toContain(`${name}=`);
  const deployment = parse(await readFile(join(ROOT, 'deploy/kubernetes/deployment.yaml'), 'utf8'));
  const { containers, volumes } = deployment.spec.template.spec;
  const { name, key } = containers[0].env[0].valueFrom.secretKeyRef;
  expect(guide.text).toContain(`create secret generic ${name} --from-file=${volumes[1].secret.items[0].key}=`);
  expect(guide.text).toContain(`--from-literal=${key}=`);
});

it('has a rule of the adapter for the metric that the autoscaler asks for', async () => {
  const autoscaler = parse(await readFile(join(ROOT, 'deploy/kubernetes/autoscaler.yaml'), 'utf8'));
  const { rules } = parse(guide.block('yaml'));
  expect(rules[0].seriesQuery).toContain(autoscaler.spec.metrics[0].pods.metric.name);
});
