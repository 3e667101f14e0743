/** `auricle load`: a server's address and recordings go in, how many streams it holds, how late and how rightly, comes out. */
import { Command, Option } from 'commander';
import { DEFAULT_BUNDLE } from '../default-bundle.js';
import { cliError, wholeNumber } from '../errors.js';
import type { CallerSetup } from '../load/caller-messages.js';
import { CallerPool } from '../load/caller-pool.js';
import { expectOfServer } from '../load/expect-of-server.js';
import type { LoadFigures, Tally } from '../load/figures.js';
import { findMost } from '../load/find-most.js';
import { isGeneratorLate, loadLines, trialLine } from '../load/lines.js';
import { expectOfManifest, expectOfModel, type LoadMaterial, readMaterial } from '../load/material.js';
import { LOAD_PROTOCOLS, type LoadProtocolName, loadProtocols } from '../load/protocols.js';
import { type Generator, type LoadPlan, runLoad } from '../load/run-load.js';

interface Options {
  protocol: LoadProtocolName;
  streams: number;
  find: boolean;
  most: number;
  seconds: number;
  ramp: number;
  packetMs: number;
  within: number;
  processes: number;
  pid?: number;
  model: string;
  expected: string;
  json: boolean;
}

/** Share of the finals that must be in time. */
const HELD_SHARE = 0.99;
const LONGEST_SECONDS = 7 * 24 * 3600;

export const loadCommand = new Command('load')
  .description(
    'stream recordings to a server at the pace of speech from processes of its own: streams held, latency, texts, processor time\n\n' +
      'Every text is held against what is expected; the exit code is 2 when one is different or a stream failed. Refused streams are counted.\n' +
      'An API key is taken from the environment variable AURICLE_KEY.',
  )
  .argument('<url>', 'of the server; without a path /v1/stream for native and / for others')
  .argument('<paths...>', 'recordings, folders of them, or manifests (.jsonl)')
  .addOption(new Option('--protocol <name>', 'that the server speaks there').choices(LOAD_PROTOCOLS).default('native'))
  .option('--streams <count>', 'at a time; with --find, those tried first', wholeNumber('--streams', 1, 100_000), 10)
  .option('--find', 'search the most streams of which 99 % of the finals are in time', false)
  .option('--most <count>', 'that --find tries', wholeNumber('--most', 1, 100_000), 100_000)
  .option('--seconds <count>', 'to measure for', wholeNumber('--seconds', 1, LONGEST_SECONDS), 30)
  .option('--ramp <seconds>', 'over which the streams begin before that', wholeNumber('--ramp', 0, 3600), 5)
  .option('--packet-ms <ms>', 'of audio a packet', wholeNumber('--packet-ms', 10, 1000), 100)
  .option(
    '--within <ms>',
    'after the last packet, in which a final is in time',
    wholeNumber('--within', 1, 600_000),
    500,
  )
  .option('--processes <count>', 'that stream', wholeNumber('--processes', 1, 256), 1)
  .option('--pid <number>', 'of the server, to tell its processor time and memory', wholeNumber('--pid', 1, 2 ** 31))
  .option('--model <bundle>', 'name or folder of the model of which texts are expected', DEFAULT_BUNDLE)
  .option(
    '--expected <source>',
    'of the texts: "model", what it hears in whole recordings; "server", what it hears without any load; or a manifest',
    'model',
  )
  .option('--json', 'print the figures as one JSON object', false)
  .action(async (url: string, paths: string[], options: Options) => {
    const address = addressOf(url, options.protocol);
    const material = await readMaterial(paths);
    try {
      const { protocol, packetMs } = options;
      const recordings = material.recordings.map(({ path }) => path);
      const key = process.env.AURICLE_KEY || undefined;
      const setup: CallerSetup = { address, protocol, packetMs, isPaced: true, key, recordings };
      if (options.expected === 'model') await expectOfModel(material.recordings, options.model);
      else if (options.expected === 'server') await expectOfServer(material.recordings, setup);
      else await expectOfManifest(material.recordings, material.sources, options.expected);
      await load(setup, material, options);
    } finally {
      await material.remove();
    }
  });

async function load(setup: CallerSetup, material: LoadMaterial, options: Options): Promise<void> {
  let tally: Tally | undefined;
  const pool = new CallerPool(options.processes, setup, (report) => tally?.add(report));
  const generator: Generator = {
    pool,
    material,
    listen: (next) => {
      tally = next;
    },
  };
  const { ramp, seconds, within, pid } = options;
  const plan = (streams: number): LoadPlan => ({ streams, rampSeconds: ramp, seconds, withinMs: within, pid });
  const print = (text: string) => process.stdout.write(`${text}\n`);
  try {
    if (!options.find) {
      const figures = await runLoad(generator, plan(options.streams));
      if (figures.utterances.different + figures.utterances.failed > 0) process.exitCode = 2;
      print(options.json ? JSON.stringify(figures) : loadLines(figures).join('\n'));
      return;
    }
    const trial = async (streams: number) => {
      const figures = await runLoad(generator, plan(streams));
      if (isEmpty(figures)) throw cliError('AUR_LOAD_SHORT', { seconds });
      process.stderr.write(`${trialLine(figures)}${isGeneratorLate(figures) ? ', the generator was late' : ''}\n`);
      return figures;
    };
    const { most, figures } = await findMost(options.streams, options.most, trial, isHeld);
    if (options.json) print(JSON.stringify({ most, figures }));
    else print([`most streams held: ${most}`, ...(figures ? loadLines(figures) : [])].join('\n'));
  } finally {
    await pool.close();
  }
}

const isHeld = ({ utterances, withinShare }: LoadFigures) =>
  withinShare >= HELD_SHARE && utterances.different + utterances.failed + utterances.refused === 0;

const isEmpty = ({ utterances, finals }: LoadFigures) =>
  finals.count + utterances.different + utterances.failed + utterances.refused === 0;

/** @throws AUR_LOAD_ADDRESS */
function addressOf(seen: string, protocol: LoadProtocolName): string {
  const url = URL.canParse(seen) ? new URL(seen) : undefined;
  if (!url || !/^(http|ws)s?:$/.test(url.protocol)) throw cliError('AUR_LOAD_ADDRESS', { seen });
  if (url.pathname === '/') url.pathname = loadProtocols[protocol].path;
  url.protocol = url.protocol.replace('http', 'ws');
  return url.href;
}
