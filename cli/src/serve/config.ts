/** A YAML file and flags go in, checked and completed settings of `auricle serve` come out; docs/reference/serve.md is written from the schema. */
import { readFile } from 'node:fs/promises';
import { describeIssues } from '@auricle/bundle';
import { DEFAULT_LIMITS, LOG_LEVELS, ROOT_PROTOCOLS } from '@auricle/serving';
import { overridden } from '@auricle/training/loop/overrides';
import { parse } from 'yaml';
import { z } from 'zod';
import { cliError } from '../errors.js';

const count = z.number().int().min(1);
const seconds = z.number().positive();
const port = z.number().int().min(0).max(65_535);
const text = z.string().min(1);
const rate = (perSecond: number, burst: number) =>
  z.strictObject({
    perSecond: seconds.default(perSecond).describe('for long'),
    burst: count.default(burst).describe('at once'),
  });
const MEBIBYTE = 1 << 20;

const messagesSchema = z.strictObject({
  maxBytes: count
    .max(64 * MEBIBYTE)
    .default(MEBIBYTE)
    .describe('largest message; past four times that the connection is closed without a word'),
  maxPendingBytes: count
    .default(MEBIBYTE)
    .describe('audio of a stream that may wait for its worker before its socket is no longer read'),
  maxUploadBytes: count.default(100 * MEBIBYTE).describe('largest recording in a request'),
});

const limitsSchema = z.strictObject({
  connections: count
    .default(DEFAULT_LIMITS.connections)
    .describe('WebSocket connections and requests under way, in all; twice as many sockets may be open'),
  perAddress: count.optional().describe('of them from one address, or from one /64 of IPv6 (without it any number)'),
  handshakes: rate(DEFAULT_LIMITS.handshakes.perSecond, DEFAULT_LIMITS.handshakes.burst)
    .prefault({})
    .describe('connections and requests from one address'),
  audioRate: seconds
    .default(DEFAULT_LIMITS.audioRate)
    .describe('audio may come this many times faster than real time for long; past the budget it is read no faster'),
  audioBurstSeconds: z
    .number()
    .nonnegative()
    .default(DEFAULT_LIMITS.audioBurstSeconds)
    .describe('audio that may come at once, on top of that (s)'),
  idleSeconds: seconds
    .default(DEFAULT_LIMITS.idleSeconds)
    .describe('without a message, after which a connection is closed'),
  streamSeconds: seconds.default(DEFAULT_LIMITS.streamSeconds).describe('of audio in one stream'),
  unreadBytes: count
    .default(DEFAULT_LIMITS.unreadBytes)
    .describe('that may wait for a client that reads slowly before it is cut off'),
  headSeconds: seconds.default(10).describe('for which the head of a request is waited for'),
});

const accessSchema = z.strictObject({
  keyFile: text
    .optional()
    .describe(
      'file of `auricle keys`; with it, or with keys in the environment variable `AURICLE_KEYS`, none is served without a key',
    ),
  tokenSeconds: count.max(3600).default(60).describe('for which a token of `/v1/tokens` is good'),
  origins: z
    .array(text)
    .default([])
    .describe('of web pages that may use the service, besides its own, such as https://app.example.com; `*` for all'),
  trustedProxies: z
    .array(text)
    .default([])
    .describe('load balancers whose `X-Forwarded-For` is believed: addresses or networks such as 10.0.0.0/8'),
  reloadSeconds: seconds.default(2).describe('between looks at the files of keys and certificate'),
});

const decodingSchema = z.strictObject({
  beam: count
    .max(65_536)
    .optional()
    .describe('beam search of this width (16 with a language model or hotwords, else greedy)'),
  lm: text.optional().describe('n-gram language model: of `auricle lm build`, or an ARPA file'),
  alpha: z.number().optional().describe("weight of the language model's log-probs (0.5)"),
  beta: z.number().optional().describe('added for every word (1 with a language model, else 0) (nats)'),
  unknown: z.number().optional().describe('added for every word that the language model does not know (-10) (nats)'),
  priorScale: z
    .number()
    .optional()
    .describe("share of the tokens' priors taken off in a beam search (0); `auricle lm priors` measures them"),
  lexicon: text.optional().describe('file of the only words allowed: the first of every line'),
  hotwords: text.optional().describe('file of phrases to hear more readily, one a line'),
  hotwordBoost: z.number().default(4).describe('added for every word of a hotword without a boost of its own (nats)'),
});

const textSchema = z.strictObject({
  itn: z.boolean().default(false).describe('numbers, dates, times, money and the like as one writes them (English)'),
  numerals: z.boolean().default(false).describe('single numbers in figures and nothing else'),
  wordsBelow: z
    .number()
    .int()
    .min(0)
    .max(1000)
    .optional()
    .describe('smaller numbers that stand alone stay in words, with `itn` or `numerals` (10)'),
  profanityFilter: z.boolean().default(false).describe('profane words behind asterisks (English)'),
  replace: z
    .array(text)
    .default([])
    .describe('`words:text` writes this text for these spoken words; without a colon they are left out'),
});

const jobsSchema = z.strictObject({
  place: text.describe('where uploads and results are kept: a folder, or s3://bucket/prefix'),
  redis: text
    .optional()
    .describe(
      'address of the queue, as redis://host:port, or `AURICLE_REDIS` in the environment; without it jobs are in memory and end with the process',
    ),
  name: text.default('auricle-jobs').describe('of the queue, as `auricle batch` calls it'),
  parallel: z
    .number()
    .int()
    .min(0)
    .max(4096)
    .default(2)
    .describe('jobs under way at a time in this process; 0 leaves them to `auricle batch work`'),
  mostWaiting: count.default(10_000).describe('jobs that wait; more are refused'),
  keepHours: seconds
    .default(72)
    .describe('after which ended jobs and their results are deleted (those in S3 by the rules of the bucket)'),
  hosts: z
    .array(text)
    .default([])
    .describe('that addresses of recordings and webhooks may lead to, such as example.com or *.example.com (all)'),
  privateAddresses: z
    .boolean()
    .default(false)
    .describe('addresses may also lead into private networks, and to this machine'),
  maxDownloadBytes: count.default(1024 * MEBIBYTE).describe('largest recording that is fetched'),
});
export type JobsConfig = z.output<typeof jobsSchema>;

export const serveConfigSchema = z.strictObject({
  model: text.optional().describe('folder of a model bundle (without it the bundled one)'),
  models: z
    .record(text, text)
    .default({})
    .describe(
      'others that streams may ask for: names and folders of bundles, also of other chunk sizes; each is loaded when a stream first does',
    ),
  silenceGate: z
    .boolean()
    .default(true)
    .describe('no run of the model in silence that has gone on for longer than it remembers'),
  host: text.default('127.0.0.1').describe('address to listen on'),
  port: port.default(8080).describe('port to listen on; 0 takes a free one'),
  workers: count.max(1024).default(1).describe('inference threads'),
  maxStreams: count.max(1_000_000).default(1000).describe('streams open at a time'),
  liveShare: z
    .number()
    .min(0.01)
    .max(1)
    .default(0.85)
    .describe(
      "share of the workers' time that live streams may take: past it, by what the model is measured to cost here, new ones are refused",
    ),
  replaySeconds: z
    .number()
    .min(0)
    .max(3600)
    .default(60)
    .describe(
      'audio of a stream kept at most since its last final, so that another worker goes on with it when its own is lost; with 0 such streams fail (s)',
    ),
  rootProtocol: z
    .enum(ROOT_PROTOCOLS)
    .default('vosk')
    .describe('what clients speak that connect to the bare address, `ws://host:port/`'),
  heartbeatSeconds: seconds
    .default(30)
    .describe('between pings; a client that has not answered one by the next is cut off'),
  drainSeconds: z
    .number()
    .nonnegative()
    .default(10)
    .describe('that open streams have to end after SIGTERM; then they are closed with 1012'),
  messages: messagesSchema.prefault({}).describe('sizes of what clients send'),
  limits: limitsSchema.prefault({}).describe('what one caller, and all of them, may take'),
  access: accessSchema.prefault({}).describe('who may use the service'),
  tls: z
    .strictObject({
      certificate: text.describe('file of the certificate and its chain (PEM)'),
      key: text.describe('file of its private key (PEM)'),
    })
    .optional()
    .describe('serves https and wss; changed files are read again'),
  metrics: z
    .strictObject({
      host: text.default('127.0.0.1').describe('address to listen on'),
      port: port.describe('port to listen on'),
    })
    .optional()
    .describe(
      'a port of its own for `/metrics`, which asks for no key; without it they are on the port of the service, behind its keys',
    ),
  archive: z
    .strictObject({
      folder: text.describe('where streams are kept: `<key>/<day>/<time>.json` and `.wav`'),
      retentionDays: count.default(30).describe('after which a day is deleted'),
    })
    .optional()
    .describe('keeps streams of the API keys that say so (`auricle keys add --archive`)'),
  jobs: jobsSchema.optional().describe('recordings that are transcribed later: `POST /v1/jobs`'),
  log: z
    .strictObject({
      level: z.enum(LOG_LEVELS).default('info').describe('least important lines to write'),
      file: text.optional().describe('where they go (without it to standard output); SIGHUP opens it anew'),
      transcripts: z.boolean().default(false).describe('also final texts; audio never'),
    })
    .prefault({})
    .describe('one JSON object a line'),
  decoding: decodingSchema.prefault({}).describe('of all streams; the flags of the same names say otherwise'),
  endpoint: z
    .record(z.string(), z.unknown())
    .optional()
    .describe("Kaldi's five endpoint rules and what is other than their defaults, as the native protocol has them"),
  text: textSchema.prefault({}).describe('how texts are written; the flags of the same names say otherwise'),
});
export type ServeConfig = z.output<typeof serveConfigSchema>;

/** @param path of the YAML file; without it all is as by default
 *  @param overrides `path.to.key=value`; values are YAML
 *  @param flags that were given, instead of what the file says
 *  @throws AUR_CLI_CONFIG naming path, value seen and what was expected */
export async function readServeConfig(
  path: string | undefined,
  overrides: readonly string[] = [],
  flags: Readonly<Record<string, unknown>> = {},
): Promise<ServeConfig> {
  const source = path ?? 'the settings';
  const fail = (problems: string, cause?: unknown) => cliError('AUR_CLI_CONFIG', { source, problems }, { cause });
  let settings: unknown = {};
  try {
    if (path !== undefined) settings = parse(await readFile(path, 'utf8')) ?? {};
    for (const override of overrides) settings = overridden(settings, override);
    for (const [key, value] of Object.entries(flags))
      if (value !== undefined) settings = overridden(settings, `${key}=${JSON.stringify(value)}`);
  } catch (cause) {
    throw fail((cause as Error).message, cause);
  }
  const parsed = serveConfigSchema.safeParse(settings);
  if (!parsed.success) throw fail(describeIssues(parsed.error, settings));
  return parsed.data;
}
