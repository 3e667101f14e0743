/** Nodes, their costs and the streams that come go in; how late their transcripts end comes out: a discrete-event simulation of placement and batching.
 *  Times are milliseconds. What decides when a batch runs is the service's own functions. */
import { batchDelay } from '@auricle/serving/batching';
import { BusyShare } from '@auricle/serving/busy-share';
import { RunCost } from '@auricle/serving/run-cost';
import TinyQueue from 'tinyqueue';

/** Numbers in [0, 1) by mulberry32. */
export function randomNumbers(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** @typedef {object} Plan
 *  @property {number} nodes
 *  @property {number} workers of a node, each on a core of its own
 *  @property {number} mostStreams of a node; more are refused
 *  @property {(streams: number) => number} batchMs time of a run, with all that is done for its streams beside it
 *  @property {{ maxBatch: number, maxWaitMs: number }} rules
 *  @property {number} chunkMs
 *  @property {number} tailMs silence after a stream's end
 *  @property {number} packetMs
 *  @property {'least' | 'random'} placement what the balancer does with a new stream
 *  @property {(random: () => number) => number} streamMs length of a stream
 *  @property {number} callers that stream one after the other; or
 *  @property {number} [arrivalsPerSecond] of streams, at random times
 *  @property {number} [answerMs] that a caller takes until it comes again
 *  @property {number} warmMs not measured
 *  @property {number} measuredMs
 *  @property {number} seed */

/** @param {Plan} plan */
export function simulate(plan) {
  const random = randomNumbers(plan.seed);
  const nodes = Array.from({ length: plan.nodes }, () => ({
    open: 0,
    workers: Array.from({ length: plan.workers }, () => ({
      open: 0,
      ready: [],
      isBusy: false,
      timer: 0,
      busyMs: 0,
      // What it has learned of its runs.
      cost: new RunCost(),
      share: new BusyShare(),
    })),
  }));
  const events = new TinyQueue([], (a, b) => a.at - b.at);
  const at = (time, run) => events.push({ at: time, run });
  const end = plan.warmMs + plan.measuredMs;
  const isMeasured = (time) => time >= plan.warmMs && time < end;
  const finals = [];
  const batches = [];
  let refused = 0;
  let accepted = 0;
  let openNow = 0;
  let openArea = 0;
  let openSince = 0;
  let fullest = 0;
  let now = 0;

  const count = (change) => {
    const [from, to] = [Math.max(openSince, plan.warmMs), Math.min(now, end)];
    if (to > from) openArea += (to - from) * openNow;
    openSince = now;
    openNow += change;
  };

  function place() {
    if (plan.placement === 'random') {
      const node = nodes[Math.floor(random() * nodes.length)];
      return node.open < plan.mostStreams ? node : undefined;
    }
    const least = nodes.reduce((best, node) => (node.open < best.open ? node : best));
    return least.open < plan.mostStreams ? least : undefined;
  }

  function begin(after) {
    const node = place();
    if (!node) {
      refused++;
      after();
      return;
    }
    accepted++;
    const worker = node.workers.reduce((best, one) => (one.open < best.open ? one : best));
    count(1);
    node.open++;
    worker.open++;
    if (now < end) fullest = Math.max(fullest, node.open);
    const length = plan.streamMs(random);
    const endsAt = now + length;
    const whole = Math.floor(length / plan.chunkMs);
    const stream = { worker, due: 0, isWaiting: false, left: 0, hasEnded: false };
    stream.over = () => {
      if (isMeasured(endsAt)) finals.push(now - endsAt);
      count(-1);
      node.open--;
      worker.open--;
      after();
    };
    const chunks = Math.ceil((length + plan.tailMs) / plan.chunkMs);
    stream.left = chunks;
    const begun = now;
    // A chunk is whole when the packet with its last sample has come.
    for (let chunk = 1; chunk <= whole; chunk++) {
      const comes = begun + Math.min(Math.ceil((chunk * plan.chunkMs) / plan.packetMs) * plan.packetMs, length);
      at(comes, () => offer(stream, 1));
    }
    at(endsAt, () => {
      stream.hasEnded = true;
      offer(stream, chunks - whole);
    });
  }

  /** Chunks are run one after the other: each takes up the caches of the one before. */
  function offer(stream, chunks) {
    stream.due += chunks;
    line(stream);
  }

  function line(stream) {
    if (stream.due === 0 || stream.isWaiting) return;
    stream.isWaiting = true;
    stream.since = now;
    stream.worker.ready.push(stream);
    wake(stream.worker);
  }

  function wake(worker) {
    if (worker.isBusy || worker.ready.length === 0) return;
    const waiting = {
      ready: worker.ready.length,
      open: worker.open,
      ending: worker.ready.some(({ hasEnded }) => hasEnded),
      waitedMs: now - worker.ready[0].since,
    };
    const delay = batchDelay(plan.rules, waiting, worker.cost, worker.share.share);
    const timer = ++worker.timer;
    if (delay > 1e-6) {
      at(now + delay, () => timer === worker.timer && wake(worker));
      return;
    }
    const batch = worker.ready.splice(0, plan.rules.maxBatch);
    const cost = plan.batchMs(batch.length);
    worker.isBusy = true;
    if (isMeasured(now)) {
      batches.push(batch.length);
      worker.busyMs += cost;
    }
    at(now + cost, () => {
      worker.isBusy = false;
      worker.cost.add(batch.length, cost);
      worker.share.add(now - cost, now);
      for (const stream of batch) {
        stream.isWaiting = false;
        stream.due--;
        stream.left--;
        if (stream.left === 0) stream.over();
        else line(stream);
      }
      wake(worker);
    });
  }

  if (plan.arrivalsPerSecond === undefined)
    for (let caller = 0; caller < plan.callers; caller++) {
      const again = () => at(now + (plan.answerMs ?? 0), () => now < end && begin(again));
      at((caller / plan.callers) * Math.min(plan.warmMs, 10_000), () => begin(again));
    }
  else {
    const arrive = () => {
      begin(() => undefined);
      if (now < end) at(now - (Math.log(1 - random()) * 1000) / plan.arrivalsPerSecond, arrive);
    };
    at(0, arrive);
  }
  while (events.length > 0) {
    const event = events.pop();
    now = event.at;
    event.run();
  }
  count(0);
  const sorted = Float64Array.from(finals).sort();
  const quantile = (q) => sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN;
  const all = nodes.flatMap(({ workers }) => workers);
  return {
    streams: openArea / plan.measuredMs,
    accepted,
    refused,
    fullest,
    finals: { count: sorted.length, p50: quantile(0.5), p95: quantile(0.95), p99: quantile(0.99) },
    meanMs: sorted.reduce((sum, ms) => sum + ms, 0) / sorted.length,
    batch: batches.reduce((sum, n) => sum + n, 0) / batches.length,
    busy: all.reduce((sum, { busyMs }) => sum + busyMs, 0) / all.length / plan.measuredMs,
  };
}

/** The most streams of one node that are held: 99 % of the finals within `withinMs`. */
export function capacity(plan, withinMs = 500) {
  let [held, tooMany] = [0, 1];
  const isHeld = (callers) =>
    simulate({ ...plan, nodes: 1, callers, mostStreams: Number.POSITIVE_INFINITY }).finals.p99 <= withinMs;
  while (isHeld(tooMany)) [held, tooMany] = [tooMany, 2 * tooMany];
  while (tooMany - held > Math.max(1, 0.01 * held)) {
    const middle = Math.floor((held + tooMany) / 2);
    if (isHeld(middle)) held = middle;
    else tooMany = middle;
  }
  return held;
}
