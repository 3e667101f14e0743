/** sherpa-onnx's own C++ client, and connections as its other clients make them, hear from this service what the offline run hears. */
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { clientProgram, inParallel, output } from '../programs.js';
import { type Service, startService } from '../service.js';

let service: Service;
beforeAll(async () => {
  service = await startService({ server: { rootProtocol: 'sherpa' } });
});
afterAll(() => service.close());
afterEach(() => {
  expect(service.strangeMessages()).toEqual([]);
});

interface Result {
  text: string;
  tokens: string[];
  timestamps: number[];
  segment: number;
  start_time: number;
  is_final: boolean;
  is_eof: boolean;
}

const textOf = (results: readonly Result[]) =>
  results
    .filter((result) => result.is_final)
    .map((result) => result.text)
    .join(' ');

/** Sends samples as the clients do and closes after `Done!`, as they do. */
async function transcribe(samples: Float32Array, path = '/', perMessage = 8000): Promise<Result[]> {
  const socket = new WebSocket(service.socketUrl + path);
  await once(socket, 'open');
  const results: Result[] = [];
  socket.on('message', (data) => {
    if (data.toString() === 'Done!') socket.close();
    else results.push(JSON.parse(data.toString()));
  });
  for (let at = 0; at < samples.length; at += perMessage) socket.send(samples.slice(at, at + perMessage));
  socket.send('Done');
  await once(socket, 'close');
  return results;
}

describe("sherpa-onnx's C++ client", () => {
  const client = clientProgram('sherpa-onnx-online-websocket-client');

  it.skipIf(!client)('prints the text of the offline run for 20 recordings', async () => {
    const heard = await inParallel(service.recordings, 4, async ({ path }) => {
      const printed = await output(client!, [
        ...['--server-ip=127.0.0.1', `--server-port=${service.server.port}`],
        ...['--samples-per-message=8000', '--seconds-per-message=0', path],
      ]);
      const results = printed.split('\n').flatMap((line) => {
        const json = /\{.*\}/.exec(line);
        return json ? [JSON.parse(json[0]) as Result] : [];
      });
      return textOf(results);
    });
    expect(heard).toEqual(service.recordings.map(({ text }) => text));
  });
});

describe('a client of the sherpa-onnx server', () => {
  it('gets growing results, finals with times, one that is the last, and Done!', async () => {
    const recording = service.recordings[0];
    const results = await transcribe(recording.samples, '/sherpa', 1600);
    expect(textOf(results)).toBe(recording.text);
    expect(results.some((result) => !result.is_final)).toBe(true);
    expect(results.filter((result) => result.is_eof)).toEqual(results.slice(-1));
    for (const { tokens, timestamps, text } of results) {
      expect(tokens.join(' ')).toBe(text);
      expect(timestamps).toHaveLength(tokens.length);
    }
  });

  it('gets Done! at once where it sent nothing', async () => {
    expect(await transcribe(new Float32Array(0))).toEqual([]);
  });

  it('is closed with 1003 for text that is not Done, 1007 for samples that are no numbers', async () => {
    const closeOf = async (message: string | Float32Array) => {
      const socket = new WebSocket(`${service.socketUrl}/sherpa`);
      await once(socket, 'open');
      socket.send(message);
      const [code, reason] = (await once(socket, 'close')) as [number, Buffer];
      return [code, reason.toString()];
    };
    expect(await closeOf('Finish')).toEqual([1003, expect.stringContaining('"Finish"')]);
    expect(await closeOf(new Float32Array([0, Number.NaN]))).toEqual([
      1007,
      expect.stringContaining('AUR_AUDIO_NOT_FINITE'),
    ]);
    service.strangeMessages();
  });
});
