/** `auricle listen` as a process of its own: a pipe, a server, and a recorder that is a script in the PATH. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findRecorder } from '@auricle/cli/listen/recorder';
import { createEngine, startServer } from '@auricle/serving';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIGITS } from '../../client/fixtures/joined-digits.js';

const AURICLE = join(import.meta.dirname, '../../../cli/bin/auricle.js');
const SPOKEN = 'three one four one five nine two\n';
const RECORDING = join(DIGITS, 'recording.wav');
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auricle-listen-'));
});
afterAll(() => rm(folder, { recursive: true }));

function start(options: string[], env: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [AURICLE, 'listen', ...options], { env: { ...process.env, ...env } });
  let output = '';
  let errors = '';
  child.stdout.on('data', (text) => {
    output += text;
  });
  child.stderr.on('data', (text) => {
    errors += text;
  });
  const ended = once(child, 'close').then(([status]) => ({ status, output, errors }));
  return { child, ended };
}

/** A folder for the PATH that has one recorder: a shell script. */
async function recorder(name: string, program: string, script: string): Promise<string> {
  const bin = await mkdtemp(join(folder, name));
  await writeFile(join(bin, program), `#!/bin/sh\n${script}\n`);
  await chmod(join(bin, program), 0o755);
  return bin;
}

describe('a pipe', () => {
  it('is transcribed by a model in the process', async () => {
    const { child, ended } = start(['-']);
    child.stdin.end(await readFile(RECORDING));
    expect(await ended).toEqual({ status: 0, output: SPOKEN, errors: '' });
  });

  it('is transcribed by a server, as JSON with words', async () => {
    const engine = await createEngine({ bundle: DIGITS });
    const server = await startServer({ engine, port: 0, log: pino({ level: 'silent' }) });
    const { child, ended } = start(['-', '--server', server.url, '--json']);
    child.stdin.end(await readFile(RECORDING));
    const { status, output } = await ended;
    expect(status).toBe(0);
    const segment = JSON.parse(output);
    expect(segment.text).toBe(SPOKEN.trim());
    expect(segment.words).toHaveLength(7);
    await server.close();
    await engine.close();
  });
});

describe('the microphone', () => {
  it('is recorded by the first program that is there, until Ctrl-C', async () => {
    // Plays the recording at once, then goes on like a microphone that hears nothing.
    const samples = (await readFile(RECORDING)).subarray(44);
    await writeFile(join(folder, 'samples'), samples);
    const bin = await recorder('arecord', 'arecord', `cat '${join(folder, 'samples')}' /dev/zero`);
    const { child, ended } = start(['--device', 'hw:1'], { PATH: `${bin}:/bin:/usr/bin` });
    await once(child.stdout, 'data');
    child.kill('SIGINT');
    const { status, output, errors } = await ended;
    expect(errors).toBe('');
    expect(status).toBe(0);
    // Twice as fast as it was spoken, for the script plays 8 kHz as 16 kHz: words, whichever.
    expect(output).not.toBe('');
  });

  it('says why it cannot be recorded', async () => {
    const bin = await recorder('sox', 'sox', 'echo chatter >&2; echo "no default audio device" >&2; exit 2');
    const { ended } = start([], { PATH: `${bin}:${dirname(process.execPath)}` });
    const { status, errors } = await ended;
    expect(status).toBe(1);
    expect(errors).toContain('AUR_CLI_RECORDER: sox cannot record: no default audio device');
  });

  it('needs one of three programs', async () => {
    expect(() => findRecorder(folder)).toThrow(expect.objectContaining({ code: 'AUR_CLI_NO_RECORDER' }));
    expect(findRecorder(await recorder('ffmpeg', 'ffmpeg', 'exit')).program).toBe('ffmpeg');
  });
});

it('refuses other sources, and options of decoding that a server decides on', async () => {
  expect((await start(['speech.wav']).ended).errors).toContain('AUR_CLI_PATHS');
  expect((await start(['-', '--server', 'http://127.0.0.1:1', '--beam', '4']).ended).errors).toContain('--beam');
});
