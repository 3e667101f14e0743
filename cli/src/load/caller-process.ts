/** A process of callers: commands of its parent go in, reports of what its streams have heard come out. */
import { setMaxListeners } from 'node:events';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { type CallOptions, type CallResult, call } from './call.js';
import type { CallerReport, CallerSetup, ToCallers } from './caller-messages.js';
import { loadProtocols } from './protocols.js';

const REPORT_MS = 100;
/** Before a caller whose stream failed or was refused comes again. */
const PAUSE_MS = 1000;

let setup: CallerSetup;
let options: CallOptions;
let isMeasuring = false;
let stop = newStop();
let open = 0;
let callers = 0;

/** Any number of callers waits for it. */
function newStop(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}

const newReport = (): CallerReport => ({
  open,
  callers,
  calls: [],
  partialMs: [],
  lateMs: [],
  audioSeconds: 0,
  processorMs: 0,
});
let report = newReport();

async function callOnce(recording: number): Promise<CallResult> {
  let isOpen = false;
  let isMeasured = false;
  const result = await call(await readFile(setup.recordings[recording]), options, {
    opened() {
      isOpen = true;
      open++;
    },
    sent(seconds, lateMs) {
      isMeasured = isMeasuring;
      report.audioSeconds += seconds;
      if (isMeasuring) report.lateMs.push(lateMs);
    },
    partial(ms) {
      if (isMeasuring) report.partialMs.push(ms);
    },
  });
  if (isOpen) open--;
  report.calls.push({ ...result, recording, isMeasured });
  return result;
}

async function callAgainAndAgain(first: number): Promise<void> {
  const { signal } = stop;
  for (let recording = first; !signal.aborted; recording = (recording + 1) % setup.recordings.length) {
    const { code } = await callOnce(recording);
    if (code !== undefined) await delay(PAUSE_MS, undefined, { signal }).catch(() => undefined);
  }
}

function handle(message: ToCallers): void {
  switch (message.type) {
    case 'setup':
      setup = message.setup;
      options = { ...setup, protocol: loadProtocols[setup.protocol] };
      break;
    case 'start':
    case 'once': {
      callers++;
      const work = message.type === 'start' ? callAgainAndAgain(message.recording) : callOnce(message.recording);
      void work.finally(() => {
        callers--;
      });
      break;
    }
    case 'measure':
      isMeasuring = message.isOn;
      break;
    case 'stop':
      stop.abort();
      stop = newStop();
  }
}

process.on('message', handle);
const reporting = setInterval(() => {
  const { user, system } = process.cpuUsage();
  const told: CallerReport = { ...report, open, callers, processorMs: (user + system) / 1000 };
  // A parent that is gone is told nothing more; without this the failure would be an uncaught error.
  process.send?.(told, undefined, undefined, (error) => error && process.exit());
  report = newReport();
}, REPORT_MS);
process.on('disconnect', () => {
  clearInterval(reporting);
  process.exit();
});
