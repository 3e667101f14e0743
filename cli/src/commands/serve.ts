/** `auricle serve`: a model bundle goes in, a service for live streams stays up until it is told to stop. */
import { endpointRules } from '@auricle/decoding';
import { createEngine, serviceLog, startServer } from '@auricle/serving';
import { Command } from 'commander';
import {
  DECODING_FLAGS,
  type DecodingFlags,
  decodingOf,
  warnOfHotwords,
  withDecodingOptions,
} from '../decoding-options.js';
import { DEFAULT_BUNDLE } from '../default-bundle.js';
import { wholeNumber } from '../errors.js';
import { jsonOption } from '../json-option.js';
import { modelFolder } from '../models/store.js';
import { readServeConfig, type ServeConfig } from '../serve/config.js';
import { serveJobs } from '../serve/jobs.js';
import { type TextFlags, withTextOptions, writtenFormOf } from '../text-options.js';

interface Options extends DecodingFlags, TextFlags {
  config?: string;
  set: string[];
  model?: string;
  host?: string;
  port?: number;
  workers?: number;
  maxStreams?: number;
  keys?: string;
  endpoint?: unknown;
}

/** Those of how texts are written. */
const TEXT = ['itn', 'numerals', 'wordsBelow', 'profanityFilter', 'replace'] as const;

const SECRETS = ['AURICLE_KEYS', 'AURICLE_TOKEN_SECRET', 'AURICLE_WEBHOOK_SECRET', 'AURICLE_REDIS'];

export const serveCommand = withTextOptions(withDecodingOptions(new Command('serve')))
  .description('serve live streams over WebSocket, with a microphone page at /')
  .option('--config <file>', 'settings (YAML); docs/reference/serve.md lists them')
  .option('--set <path=value...>', 'single settings, over those of the file', [])
  .option('--model <bundle>', 'name or folder of a model (the bundled one)')
  .option('--host <address>', 'address to listen on (127.0.0.1)')
  .option('--port <port>', 'port to listen on; 0 takes a free one (8080)', wholeNumber('--port', 0, 65_535))
  .option('--workers <count>', 'inference threads (1)', wholeNumber('--workers', 1, 1024))
  .option('--max-streams <count>', 'streams open at a time (1000)', wholeNumber('--max-streams', 1, 1_000_000))
  .option('--keys <file>', 'API keys, of `auricle keys`; without any, everyone is served')
  .option(
    '--endpoint <json>',
    'Kaldi\'s five endpoint rules and what is other than their defaults, for example \'{"rule2":{"trailingSilence":0.8}}\'',
    jsonOption('--endpoint'),
  )
  .action(async (options: Options, command: Command) => {
    const config = await readServeConfig(options.config, options.set, flagsOf(options, command));
    await serve(config);
  });

function flagsOf(options: Options, command: Command): Record<string, unknown> {
  const { model, host, port, workers, maxStreams, keys, endpoint } = options;
  const isGiven = (name: string) => command.getOptionValueSource(name) === 'cli';
  return {
    ...{ model, host, port, workers, maxStreams, endpoint, 'access.keyFile': keys },
    ...Object.fromEntries(DECODING_FLAGS.filter(isGiven).map((name) => [`decoding.${name}`, options[name]])),
    ...Object.fromEntries(TEXT.filter(isGiven).map((name) => [`text.${name}`, options[name]])),
  };
}

async function serve(config: ServeConfig): Promise<void> {
  const { AURICLE_KEYS: keyList, AURICLE_TOKEN_SECRET: tokenSecret } = process.env;
  const { AURICLE_WEBHOOK_SECRET: webhookSecret, AURICLE_REDIS: redis } = process.env;
  // None is for whatever this process may start.
  for (const name of SECRETS) delete process.env[name];
  const { log, failures, reopen, close } = serviceLog(config.log);
  const decoding = await decodingOf(config.decoding);
  const engine = await createEngine({
    bundle: await modelFolder(config.model ?? DEFAULT_BUNDLE),
    models: Object.fromEntries(
      await Promise.all(
        Object.entries(config.models).map(async ([name, folder]) => [name, { bundle: await modelFolder(folder) }]),
      ),
    ),
    silenceGate: config.silenceGate,
    workers: config.workers,
    maxStreams: config.maxStreams,
    liveShare: config.liveShare,
    replaySeconds: config.replaySeconds,
    decoding,
    endpointRules: config.endpoint && endpointRules(config.endpoint),
    writtenForm: writtenFormOf(config.text),
  });
  warnOfHotwords(engine, decoding);
  const jobs = config.jobs && (await serveJobs(engine, { redis, ...config.jobs, webhookSecret }));
  const { headSeconds, perAddress = Number.POSITIVE_INFINITY, ...limits } = config.limits;
  const { reloadSeconds, ...access } = config.access;
  const server = await startServer({
    engine,
    host: config.host,
    port: config.port,
    maxMessageBytes: config.messages.maxBytes,
    maxPendingBytes: config.messages.maxPendingBytes,
    maxUploadBytes: config.messages.maxUploadBytes,
    rootProtocol: config.rootProtocol,
    heartbeatMs: config.heartbeatSeconds * 1000,
    drainSeconds: config.drainSeconds,
    limits: { ...limits, perAddress },
    headSeconds,
    access: { ...access, keyList, tokenSecret },
    reloadSeconds,
    tls: config.tls,
    metrics: config.metrics,
    archive: config.archive,
    furtherRoutes: jobs && [jobs.routes],
    log,
    logFailures: failures,
    logTranscripts: config.log.transcripts,
  });
  const stop = async () => {
    await server.close();
    await jobs?.close();
    await engine.close();
    await close();
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop);
  process.on('SIGHUP', () => {
    reopen();
    void server.reload();
  });
}
