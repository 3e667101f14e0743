/** A bundle and recordings go in; the streams that our server and sherpa-onnx's C++ server hold on one core with the same ONNX file come out, and their ratio:
 *
 *    node bench/peer-server.mjs BUNDLE RECORDINGS [--server-core 0] [--load-core 1] [--seconds 30] [--ramp 10] [--first 25] [--most 1000] [--rounds 3]
 *      [--out runs/peer-server.json]
 *
 *  The servers take turns on one core, the generator (`auricle load`) has the other; needs taskset and `npm run setup:peers`. First the most that each
 *  holds is searched, then both get 80 % of the lesser number in turn, round by round, for what a stream costs each in the same minutes. What has been
 *  measured is kept in the file of `--out`: a run that was broken off goes on there. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { availableParallelism, loadavg } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { readBundle } from '@auricle/bundle';
import { compared, median } from './comparison.mjs';

const AURICLE = fileURLToPath(new URL('../cli/bin/auricle.js', import.meta.url));
const CLIENTS = process.env.AURICLE_CLIENTS ?? fileURLToPath(new URL('../.cache/peers/python/bin', import.meta.url));
/** At its best in the trials of the field: wider batches, one thread for the one core. */
const SHERPA_OPTIONS = ['--max-batch-size=16', '--num-work-threads=1', '--num-threads=1', '--log-file=/dev/null'];

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'server-core': { type: 'string', default: '0' },
    'load-core': { type: 'string', default: '1' },
    seconds: { type: 'string', default: '30' },
    ramp: { type: 'string', default: '10' },
    first: { type: 'string', default: '25' },
    most: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '3' },
    out: { type: 'string', default: 'runs/peer-server.json' },
  },
});
const [folder, ...recordings] = positionals;
if (!folder || recordings.length === 0)
  throw new Error('usage: node bench/peer-server.mjs BUNDLE RECORDINGS [--seconds 30] …');
const { bundle, model, tokens } = await filesOf(folder);

/** The server runs the file that ours would. */
async function filesOf(dir) {
  const read = await readBundle(dir);
  return { bundle: dir, model: read.modelPath, tokens: join(dir, 'tokens.txt') };
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

const pinned = (core, program, args) =>
  spawn('taskset', ['-c', core, program, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });

async function listening(port) {
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    const isOpen = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (isOpen) return;
    await delay(100);
  }
}

/** taskset replaces itself, so that its process is the server's. */
const servers = {
  auricle: {
    protocol: 'native',
    start: (port) =>
      pinned(options['server-core'], process.execPath, [
        ...[AURICLE, 'serve', '--model', bundle, '--port', String(port)],
        // As few are refused as by the peer, which refuses none.
        ...['--max-streams', '100000', '--set', 'liveShare=1', '--set', 'log.level=warn'],
      ]),
  },
  'sherpa-onnx': {
    protocol: 'sherpa',
    start: (port) =>
      pinned(options['server-core'], join(CLIENTS, 'sherpa-onnx-online-websocket-server'), [
        ...[`--port=${port}`, `--nemo-ctc-model=${model}`, `--tokens=${tokens}`],
        ...SHERPA_OPTIONS,
      ]),
  },
};

/** @param how options of `auricle load` */
async function measure(name, ...how) {
  const { protocol, start } = servers[name];
  const port = await freePort();
  const server = start(port);
  let complaint = '';
  server.stderr.on('data', (text) => {
    complaint = (complaint + text).slice(-4000);
  });
  const ended = once(server, 'exit').then(([code, signal]) => {
    throw new Error(`${name} ended (${signal ?? code}): ${complaint}`);
  });
  ended.catch(() => undefined);
  const stop = () => server.kill();
  process.once('exit', stop);
  try {
    await Promise.race([listening(port), ended]);
    const args = [
      ...['-c', options['load-core'], process.execPath, AURICLE, 'load', `http://127.0.0.1:${port}`, ...recordings],
      ...['--protocol', protocol, '--expected', 'server', '--json', '--pid', String(server.pid)],
      ...['--seconds', options.seconds, '--ramp', options.ramp, ...how],
    ];
    const running = promisify(execFile)('taskset', args, { maxBuffer: 1 << 26 });
    running.child.stderr.pipe(process.stderr);
    // Its status 2 says that a text was changed or a stream failed, which the figures tell too.
    const heard = running.catch((error) => (error.code === 2 ? error : Promise.reject(error)));
    const { stdout } = await Promise.race([heard, ended]);
    return JSON.parse(stdout);
  } finally {
    process.off('exit', stop);
    stop();
  }
}

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

const setting = { bundle, recordings, ...options, out: undefined };
async function earlier() {
  const kept = JSON.parse(await readFile(options.out, 'utf8').catch(() => '{}'));
  return JSON.stringify(kept.setting) === JSON.stringify(setting) ? kept : { setting, results: {}, rounds: [] };
}

async function keep() {
  await mkdir(dirname(options.out), { recursive: true });
  await writeFile(options.out, JSON.stringify(kept, undefined, 2));
}

const kept = await earlier();
for (const name of Object.keys(servers)) {
  if (kept.results[name]) continue;
  console.error(`${name}:`);
  const found = await measure(name, '--find', '--streams', options.first, '--most', options.most);
  kept.results[name] = { ...found, load: loadavg()[0] };
  await keep();
}
const streams = Math.floor(0.8 * Math.min(...Object.values(kept.results).map(({ most }) => most)));
while (streams > 0 && kept.rounds.length < Number(options.rounds)) {
  const round = {};
  for (const name of Object.keys(servers)) round[name] = (await measure(name, '--streams', String(streams))).server;
  kept.rounds.push(round);
  await keep();
}
for (const [name, { most, figures, load }] of Object.entries(kept.results)) {
  const { finals, server, generatorCores } = figures ?? {};
  console.log(
    `${name.padEnd(12)} ${most} streams on one core` +
      (figures
        ? `: finals p50 ${finals.p50}, p99 ${finals.p99} ms; server ${server.cores} cores (${server.corePercentPerStream} % a stream), generator ${generatorCores} cores`
        : '') +
      `; load average ${load.toFixed(1)} on ${availableParallelism()} cores`,
  );
}
const ratios = kept.rounds.map(({ auricle, 'sherpa-onnx': peer }) => {
  const [ours, theirs] = [auricle.corePercentPerStream, peer.corePercentPerStream];
  console.log(
    `${streams} streams each: ${ours} and ${theirs} % of the core a stream, ratio ${(theirs / ours).toFixed(2)}`,
  );
  return theirs / ours;
});
const isDisturbed = Object.values(kept.results).some(({ load }) => load > availableParallelism() + 1);
if (isDisturbed) console.log('The machine did other things meanwhile: these are no figures of the servers.');
const { auricle, 'sherpa-onnx': peer } = kept.results;
console.log(
  peer.most > 0 ? `ratio ${(auricle.most / peer.most).toFixed(2)}` : 'no ratio: the peer held not even one stream',
);
if (!isDisturbed && auricle.most > 0 && peer.most > 0)
  compared({
    comparison: 'live streams over WebSocket, server on one core',
    unit: 'streams a core',
    better: 'higher',
    ours: auricle.most,
    peer: peer.most,
    peerName: 'sherpa-onnx C++ server',
    rounds: 1,
  });
if (!isDisturbed && ratios.length > 0)
  compared({
    comparison: 'live streams over WebSocket, processor time',
    unit: '% of a core a stream',
    better: 'lower',
    ours: median(kept.rounds.map(({ auricle }) => auricle.corePercentPerStream)),
    peer: median(kept.rounds.map(({ 'sherpa-onnx': peer }) => peer.corePercentPerStream)),
    ratio: median(ratios),
    peerName: 'sherpa-onnx C++ server',
    rounds: ratios.length,
  });
