/** Recordings and a server go in; what it hears in each of them, one at a time, becomes what is expected of it under load. */
import { cliError } from '../errors.js';
import type { CallerSetup, RecordedCall } from './caller-messages.js';
import { CallerPool } from './caller-pool.js';
import type { LoadRecording } from './material.js';

/** @throws AUR_LOAD_SERVER when it fails on one, AUR_LOAD_CALLERS */
export async function expectOfServer(recordings: readonly LoadRecording[], setup: CallerSetup): Promise<void> {
  const calls: RecordedCall[] = [];
  const pool = new CallerPool(1, { ...setup, isPaced: false }, (report) => calls.push(...report.calls));
  try {
    for (const [i, recording] of recordings.entries()) {
      pool.start(i, 'once');
      while (calls.length <= i) await pool.reported();
      const { text, code } = calls[i];
      if (text === undefined)
        throw cliError('AUR_LOAD_SERVER', { address: setup.address, title: recording.title, code: code ?? 'no text' });
      recording.text = text;
    }
  } finally {
    await pool.close();
  }
}
