/** Faults under load: workers that die, a service told to stop, clients that are cut or do not read, a full disk. What the others stream keeps its texts. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect as connectTcp, type Socket } from 'node:net';
import type { LoadFigures } from '@auricle/cli/load/figures';
import { createEngine, type Engine, NATIVE_PATH, startServer } from '@auricle/serving';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { type Callers, callers, DIGITS, type Served, serve } from './fixtures/served.js';

const SECONDS = Number(process.env.AURICLE_FAULT_SECONDS ?? 60);
const STREAMS = Number(process.env.AURICLE_FAULT_STREAMS ?? 6);
/** Between the deaths of workers. */
const KILL_SECONDS = 5;
const RATE = 16_000;
const START = JSON.stringify({ type: 'start', sampleRate: RATE });

let all: Callers;
beforeAll(async () => {
  all = await callers();
});
afterAll(() => all.remove());

const running: Served[] = [];
afterEach(() => Promise.all(running.splice(0).map((served) => served.stop('SIGKILL'))));
async function started(...args: string[]): Promise<Served> {
  const served = await serve(args);
  running.push(served);
  return served;
}

/** What was accepted is whole; what was not was refused for want of room, on a machine that does much else. */
const expectWhole = ({ utterances, errors }: LoadFigures) => {
  expect(errors).toEqual(utterances.refused > 0 ? { AUR_SERVING_FULL: utterances.refused } : {});
  expect(utterances).toMatchObject({ different: 0, failed: 0 });
  expect(utterances.same).toBeGreaterThanOrEqual(STREAMS);
};

describe(`a worker that dies every ${KILL_SECONDS} s under load`, () => {
  let engine: Engine;
  let url: string;
  let close: () => Promise<void>;
  beforeAll(async () => {
    engine = await createEngine({ bundle: DIGITS, workers: 2 });
    const server = await startServer({ engine, port: 0, log: pino({ level: 'silent' }) });
    url = server.url;
    close = async () => {
      await server.close();
      await engine.close();
    };
  });
  afterAll(() => close());

  /** Kills them in turn until stopped, each by a message that is none: an exception that nobody catches ends it between two runs of the model. (To terminate a
   *  thread amid a run is no fault that comes by itself, and onnxruntime-node then aborts the whole process.)
   *  @returns ends it, and says how many there were */
  function killWorkers(): () => number {
    let killed = 0;
    const timer = setInterval(() => {
      const ready = engine.threads.filter((thread) => thread.isReady);
      // Where a new one takes longer to load than the other lives, there is nobody left who could take a stream.
      if (ready.length < 2) return;
      ready[killed % ready.length].thread.postMessage('no command');
      killed++;
    }, KILL_SECONDS * 1000);
    return () => {
      clearInterval(timer);
      return killed;
    };
  }

  it('is not noticed by clients: no audio is lost, no text changed', async () => {
    const stop = killWorkers();
    const figures = await all.offer(url, { streams: STREAMS, seconds: SECONDS });
    const killed = stop();
    process.stdout.write(`${killed} workers killed, ${figures.utterances.same} transcripts as expected\n`);
    expect(killed).toBeGreaterThan(0);
    expectWhole(figures);
  });
});

describe('SIGTERM under load', () => {
  it('lets every accepted stream end with its text, refuses others by a code, and ends the service', async () => {
    const served = await started('--set', 'drainSeconds=120');
    const offered = all.offer(served.url, { streams: STREAMS, seconds: 12 });
    // Half of the streams' first recordings.
    while ((await served.metric('auricle_streams_open')) < STREAMS) await new Promise((r) => setTimeout(r, 100));
    const exited = served.stop('SIGTERM');
    const { utterances, errors } = await offered;
    expect(utterances.different).toBe(0);
    expect(utterances.same).toBeGreaterThanOrEqual(STREAMS);
    // By the service while it drains, by the system after that.
    for (const code of Object.keys(errors))
      expect(['AUR_SERVING_SHUTDOWN', 'AUR_SERVING_FULL', 'ECONNREFUSED']).toContain(code);
    expect(utterances.refused + utterances.failed).toBeGreaterThan(0);
    expect(await exited).toEqual([0, null]);
  });

  it('closes what does not end in time with 1012', async () => {
    const served = await started('--set', 'drainSeconds=1');
    const socket = new WebSocket(served.url.replace('http', 'ws') + NATIVE_PATH);
    await once(socket, 'open');
    socket.send(START);
    await once(socket, 'message');
    const closed = once(socket, 'close');
    const exited = served.stop('SIGTERM');
    expect((await closed)[0]).toBe(1012);
    expect(await exited).toEqual([0, null]);
  });
});

/** A client's text or audio as a frame; it may announce more than it has. */
const masked = (opcode: number, payload: Buffer, announced = payload.length): Buffer => {
  const head = Buffer.from([0x80 | opcode, 0x80 | 126, announced >> 8, announced & 255, 0, 0, 0, 0]);
  return Buffer.concat([head, payload]);
};

async function rawStream(port: number): Promise<Socket> {
  const tcp = connectTcp({ port, host: '127.0.0.1', allowHalfOpen: true });
  tcp.on('error', () => undefined);
  await once(tcp, 'connect');
  tcp.write(
    `GET ${NATIVE_PATH} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}\r\n\r\n`,
  );
  await once(tcp, 'data');
  tcp.write(masked(1, Buffer.from(START)));
  return tcp;
}

describe('bad clients, and a log that cannot be written, under load', () => {
  it('change no transcript of others, and leave nothing behind', async () => {
    const served = await started(
      ...['--set', 'heartbeatSeconds=1', 'limits.unreadBytes=65536', 'limits.audioRate=1000', 'log.file=/dev/full'],
    );
    const port = Number(new URL(served.url).port);
    await all.offer(served.url, { streams: 2, seconds: 1 });
    const handles = await served.handles();
    let going = true;
    const nuisance = async (act: () => Promise<void>) => {
      let acts = 0;
      for (; going; acts++) {
        await act();
        await new Promise((r) => setTimeout(r, 200));
      }
      return acts;
    };
    const cut = async () => {
      const tcp = await rawStream(port);
      tcp.write(masked(2, Buffer.alloc(100), 1000));
      await new Promise(setImmediate);
      tcp.destroy();
    };
    const halfOpen: Socket[] = [];
    const vanish = async () => {
      const tcp = await rawStream(port);
      tcp.write(masked(2, Buffer.alloc(3200)));
      // Neither answers pings nor closes.
      tcp.pause();
      halfOpen.push(tcp);
    };
    const slow: WebSocket[] = [];
    const sounds = await readFile(all.material.recordings[0].path);
    const readNothing = async () => {
      const socket = new WebSocket(served.url.replace('http', 'ws') + NATIVE_PATH);
      socket.on('error', () => undefined);
      await once(socket, 'open');
      socket.pause();
      socket.send(JSON.stringify({ type: 'start', sampleRate: RATE, alternatives: 20 }));
      for (let at = 0; at < sounds.length; at += 3200) socket.send(sounds.subarray(at, at + 3200));
      slow.push(socket);
    };
    const bad = Promise.all([cut, vanish, readNothing].map(nuisance));
    const figures = await all.offer(served.url, { streams: STREAMS, seconds: SECONDS });
    going = false;
    const acts = await bad;
    process.stdout.write(`cut in mid-frame, half-open, slow readers: ${acts.join(', ')}\n`);
    expectWhole(figures);
    expect(await served.metric('auricle_log_failures')).toBeGreaterThan(0);
    // Their pings go unanswered.
    while ((await served.metric('auricle_streams_open')) > 0) await new Promise((r) => setTimeout(r, 100));
    for (const socket of halfOpen) socket.destroy();
    for (const socket of slow) socket.terminate();
    while ((await served.metric('auricle_connections_open')) > 1) await new Promise((r) => setTimeout(r, 100));
    expect(await served.handles()).toBeLessThanOrEqual(handles + 2);
    expect(await served.stop()).toEqual([0, null]);
  });
});
