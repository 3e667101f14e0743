/** docs/guides/serve.md, command by command: services that stay up, what asks them, and what loads them. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { systemProgram } from '../conformance/programs.js';
import { type Guide, openGuide, ROOT } from './guide.js';

vi.setConfig({ testTimeout: 300_000 });

const children: ChildProcess[] = [];
let guide: Guide;
beforeAll(async () => {
  guide = await openGuide('serve.md');
  await copyFile(join(ROOT, 'models/digits-en/recording.wav'), guide.at('recording.wav'));
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await guide.remove();
});

/** A command that stays up. */
async function start(command: string, readyUrl: string): Promise<ChildProcess> {
  const [npx, auricle, ...options] = command.split(' ');
  expect([npx, auricle]).toEqual(['npx', 'auricle']);
  const program = [join(ROOT, 'cli/bin/auricle.js'), ...options];
  const child = spawn(process.execPath, program, { cwd: guide.folder, stdio: ['ignore', 'ignore', 'inherit'] });
  children.push(child);
  await vi.waitFor(async () => expect((await fetch(readyUrl, { headers: { Connection: 'close' } })).status).toBe(200), {
    timeout: 120_000,
    interval: 100,
  });
  return child;
}

it.skipIf(!systemProgram('curl'))(
  'takes a service from its start to its figures, every command as it stands',
  async () => {
    expect(guide.commands).toHaveLength(8);
    const [serve, healthz, readyz, metrics, add, list, configured, load] = guide.commands;
    const service = await start(serve, 'http://127.0.0.1:8765/readyz');
    const curl = (command: string) => execFileSync('curl', command.split(' ').slice(1), { encoding: 'utf8' });
    expect(curl(healthz)).toBe('ok');
    expect(curl(readyz)).toBe('ready');
    expect(curl(metrics)).toContain('auricle_streams_open 0');

    const printed = guide.run(load);
    expect(printed).toMatch(/^3 streams for /);
    expect(printed).toMatch(/[1-9]\d* as expected, 0 different, 0 failed, \d+ refused/);
    expect(curl(metrics)).toMatch(/auricle_streams_total\{outcome="done"\} [1-9]/);
    service.kill('SIGTERM');
    expect(await once(service, 'exit')).toEqual([0, null]);

    const settings = guide.block('yaml').replace('models/digits-en', join(ROOT, 'models/digits-en'));
    await writeFile(guide.at('serve.yaml'), settings);
    expect(guide.run(add)).toMatch(/^aur_/);
    expect(guide.run(list)).toContain('50 streams, 100 hours of audio a day');
    const second = await start(configured, 'http://127.0.0.1:8766/readyz');
    expect((await fetch('http://127.0.0.1:9091/metrics', { headers: { Connection: 'close' } })).status).toBe(200);
    expect((await fetch('http://127.0.0.1:8766/v1/usage', { headers: { Connection: 'close' } })).status).toBe(401);
    second.kill('SIGTERM');
    expect(await once(second, 'exit')).toEqual([0, null]);
  },
);
