/** The served OpenAPI and AsyncAPI documents: what they hold, and that the service does what they say. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  GuardedHttp,
  JobService,
  jobRoutes,
  MemoryQueue,
  openStore,
  type TranscriptionJob,
  type TranscriptionOutcome,
} from '@auricle/batch';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientProgram, output } from '../programs.js';
import { type Service, startService } from '../service.js';

let service: Service;
let place: string;
beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'auricle-documents-'));
  service = await startService({ recordings: 0, server: { furtherRoutes: [jobRoutes(jobService())] } });
});
afterAll(async () => {
  await service.close();
  await rm(place, { recursive: true });
});

/** Nobody works on its jobs. */
const jobService = () =>
  new JobService({
    jobs: new MemoryQueue<TranscriptionJob, TranscriptionOutcome>(),
    results: openStore(place),
    http: new GuardedHttp(),
    mostWaiting: 1_000_000,
    callsWebhooks: true,
  });

const read = async (path: string) => (await fetch(service.server.url + path)).json();

describe('the AsyncAPI document', () => {
  it('has a channel for every protocol, whose operations name its messages', async () => {
    const document = await read('/asyncapi.json');
    expect(document.asyncapi).toBe('3.0.0');
    expect(Object.keys(document.channels).sort()).toEqual(['deepgram', 'native', 'openai', 'sherpa', 'vosk']);
    for (const [name, channel] of Object.entries<{ messages: object }>(document.channels)) {
      const named = [`${name}.receive`, `${name}.send`].flatMap((operation) =>
        document.operations[operation].messages.map(({ $ref }: { $ref: string }) => $ref.split('/').at(-1)),
      );
      expect(named.sort()).toEqual(Object.keys(channel.messages).sort());
    }
  });

  it('has schemas that hold back what is no message', async () => {
    const { channels } = await read('/asyncapi.json');
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    const fits = ajv.compile(channels.deepgram.messages['server.Metadata'].payload);
    expect(fits({ type: 'Metadata' })).toBe(false);
    const append = ajv.compile(channels.openai.messages['client.input_audio_buffer.append'].payload);
    expect(append({ type: 'input_audio_buffer.append', audio: 'AAAA' })).toBe(true);
    expect(append({ type: 'input_audio_buffer.append', sound: 'AAAA' })).toBe(false);
  });

  it('tells of every parameter how far it is supported', async () => {
    const { channels } = await read('/asyncapi.json');
    const { properties } = channels.deepgram.bindings.ws.query;
    const supports = Object.values<{ 'x-support'?: string; description?: string }>(properties);
    expect(supports.length).toBeGreaterThan(30);
    for (const { 'x-support': support, description } of supports)
      expect([support, description]).not.toContain(undefined);
  });
});

/** Some hundred requests; many times what they take on a machine with nothing else to do. */
const SCHEMATHESIS_SECONDS = 400;

describe('the OpenAPI document', () => {
  const schemathesis = clientProgram('schemathesis');

  it('has a route for every form of request', async () => {
    const { openapi, paths } = await read('/openapi.json');
    expect(openapi).toBe('3.1.0');
    expect(Object.keys(paths).sort()).toEqual([
      ...['/v1/audio/transcriptions', '/v1/jobs', '/v1/jobs/{id}', '/v1/jobs/{id}/result'],
      ...['/v1/listen', '/v1/models', '/v1/status'],
    ]);
  });

  it.skipIf(!schemathesis)(
    'is found to be true by schemathesis',
    async () => {
      const toml = join(import.meta.dirname, 'schemathesis.toml');
      const args = ['--config-file', toml, 'run', `${service.server.url}/openapi.json`];
      const effort = ['--max-examples', '10', '--seed', '7', '--phases', 'coverage,fuzzing'];
      const printed = await output(schemathesis!, [...args, ...effort], SCHEMATHESIS_SECONDS);
      expect(printed).toContain('8 passed');
      expect(printed).not.toContain('FAILURES');
    },
    1000 * SCHEMATHESIS_SECONDS,
  );
});
