/** Measured costs go in; how many streams nodes hold, and what a balancer makes of many of them, come out, by the simulation of bench/scale/simulation.mjs.
 *
 *    node bench/scale-simulation.mjs check BUNDLE RECORDINGS [--loads 10,20,40] [--seconds 20]     beside `auricle load` on this machine
 *    node bench/scale-simulation.mjs plan [--run-ms 1.2] [--chunk-cost-ms 2.4] [--streams 100000]   nodes for so many
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism, loadavg } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { audioInfo } from '@auricle/audio';
import { readBundle } from '@auricle/bundle';
import { readManifest, resolvePath } from '@auricle/datasets';
import { DEFAULT_BATCH_RULES } from '@auricle/serving';
import { capacity, simulate } from './scale/simulation.mjs';

const AURICLE = fileURLToPath(new URL('../cli/bin/auricle.js', import.meta.url));
const PACKET_MS = 100;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    loads: { type: 'string', default: '10,20,40' },
    seconds: { type: 'string', default: '20' },
    'run-ms': { type: 'string', default: '1.2' },
    'chunk-cost-ms': { type: 'string', default: '2.4' },
    streams: { type: 'string', default: '100000' },
    workers: { type: 'string', default: '1' },
  },
});
const [what, bundle, recordings] = positionals;

const common = { rules: DEFAULT_BATCH_RULES, packetMs: PACKET_MS, placement: 'least', warmMs: 10_000, seed: 1 };

/** Its batches so far, and the seconds of them. */
async function batchesOf(url) {
  const text = await (await fetch(`${url}/metrics`, { headers: { Connection: 'close' } })).text();
  const value = (name) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? 0);
  return {
    runs: value('auricle_batch_streams_count'),
    streams: value('auricle_batch_streams_sum'),
    seconds: value('auricle_batch_compute_seconds_sum'),
  };
}

async function secondsOf(path) {
  if (!path.endsWith('.jsonl')) return [(await audioInfo(path)).duration];
  const utterances = await readManifest(path);
  return Promise.all(utterances.map(async (one) => one.duration ?? (await audioInfo(resolvePath(path, one))).duration));
}

/** Least squares of time = run + chunk * streams, over the mean batches of all loads. */
function fitted(points) {
  const mean = (pick) => points.reduce((sum, point) => sum + pick(point), 0) / points.length;
  const [x, y] = [mean((p) => p.batch), mean((p) => p.ms)];
  const slope =
    points.reduce((sum, p) => sum + (p.batch - x) * (p.ms - y), 0) /
    points.reduce((sum, p) => sum + (p.batch - x) ** 2, 0);
  return { runMs: Math.max(0, y - slope * x), chunkMs: slope };
}

async function check() {
  const { description } = await readBundle(bundle);
  const chunkMs = description.chunkShift * 10;
  const lengths = await secondsOf(recordings);
  const server = spawn(process.execPath, [AURICLE, 'serve', '--port', '0', '--model', bundle], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await new Promise((found) => {
    createInterface(server.stdout).on('line', (line) => {
      const { msg, url } = JSON.parse(line);
      if (msg === 'listening') found(url);
    });
  });
  const measured = [];
  for (const streams of options.loads.split(',')) {
    const before = await batchesOf(url);
    const args = [AURICLE, 'load', url, recordings, '--model', bundle, '--streams', streams, '--ramp', '3'];
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [...args, '--seconds', options.seconds, '--pid', String(server.pid), '--json'],
      { maxBuffer: 1 << 26 },
    );
    const after = await batchesOf(url);
    const runs = after.runs - before.runs;
    measured.push({
      figures: JSON.parse(stdout),
      batch: (after.streams - before.streams) / runs,
      ms: (1000 * (after.seconds - before.seconds)) / runs,
    });
  }
  server.kill();
  await once(server, 'exit');
  const cost = fitted(measured);
  console.log(`a run of the model: ${cost.runMs.toFixed(2)} ms and ${cost.chunkMs.toFixed(2)} ms a stream in it`);
  console.log('streams  what        batch   final p50   p95   p99 (ms)');
  for (const { figures, batch } of measured) {
    const simulated = simulate({
      ...common,
      nodes: 1,
      workers: 1,
      mostStreams: Number.POSITIVE_INFINITY,
      batchMs: (n) => cost.runMs + cost.chunkMs * n,
      chunkMs,
      tailMs: 1000 * description.tailSeconds,
      streamMs: (random) => 1000 * lengths[Math.floor(random() * lengths.length)],
      callers: figures.streams,
      measuredMs: 120_000,
    });
    const row = (name, size, { p50, p95, p99 }) =>
      console.log(
        [String(figures.streams).padStart(7), name.padEnd(10), size.toFixed(2).padStart(6)]
          .concat([p50, p95, p99].map((ms) => ms.toFixed(1).padStart(7)))
          .join('  '),
      );
    row('measured', batch, figures.finals);
    row('simulated', simulated.batch, simulated.finals);
  }
  const [load] = loadavg();
  if (load > availableParallelism() + 1)
    console.log(
      `Load average ${load.toFixed(1)} on ${availableParallelism()} cores: the machine did other things meanwhile, and they are in the measured latencies.`,
    );
}

/** Calls of one to ten minutes, most of them short. */
const callMs = (random) => 60_000 * (1 + 9 * random() ** 3);

function plan() {
  const [runMs, chunkCost, streams, workers] = ['run-ms', 'chunk-cost-ms', 'streams', 'workers'].map((name) =>
    Number(options[name]),
  );
  const node = {
    ...common,
    workers,
    batchMs: (n) => runMs + chunkCost * n,
    chunkMs: 320,
    tailMs: 240,
    // Short streams: finals are what is counted.
    streamMs: (random) => 5000 + 10_000 * random(),
    measuredMs: 60_000,
  };
  const full = capacity(node);
  const target = Math.floor(0.7 * full);
  console.log(
    `a node of ${workers} inference thread${workers > 1 ? 's' : ''} holds ${full} streams (99 % of finals within 500 ms); at 70 % of that: ${target}`,
  );
  for (const share of [0.5, 0.7, 0.9, 1]) {
    const { finals, batch, busy } = simulate({
      ...node,
      nodes: 1,
      callers: Math.floor(share * full),
      mostStreams: Number.POSITIVE_INFINITY,
    });
    console.log(
      `  at ${(100 * share).toFixed(0).padStart(3)} %: finals p50 ${finals.p50.toFixed(0)}, p99 ${finals.p99.toFixed(0)} ms; ${batch.toFixed(1)} streams a batch; thread ${(100 * busy).toFixed(0)} % busy`,
    );
  }
  const nodes = Math.ceil(streams / target);
  console.log(`${streams} streams: ${nodes} nodes`);
  // Placement is the same for a tenth of them, and for chunks that cost nothing.
  const few = Math.max(4, Math.round(nodes / 10));
  for (const placement of ['least', 'random']) {
    const spread = simulate({
      ...node,
      nodes: few,
      mostStreams: full,
      placement,
      batchMs: () => 0,
      chunkMs: 1e9,
      streamMs: callMs,
      arrivalsPerSecond: (few * target) / 195,
      warmMs: 900_000,
      measuredMs: 900_000,
    });
    console.log(
      `  ${few} nodes, calls of 1 to 10 minutes, balancer by ${placement === 'least' ? 'fewest streams' : 'chance'}: ${(spread.streams / few).toFixed(0)} streams a node, at most ${spread.fullest}; ${spread.refused} of ${spread.accepted + spread.refused} refused`,
    );
  }
}

if (what === 'check' && bundle && recordings) await check();
else if (what === 'plan') plan();
else console.error('usage: node bench/scale-simulation.mjs check BUNDLE RECORDINGS | plan …');
