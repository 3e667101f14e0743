/** What a process of callers is told, and what it tells. */
import type { CallResult } from './call.js';
import type { LoadProtocolName } from './protocols.js';

export interface CallerSetup {
  address: string;
  protocol: LoadProtocolName;
  packetMs: number;
  isPaced: boolean;
  key?: string;
  /** files of bare 16-bit samples */
  recordings: readonly string[];
}

export type ToCallers =
  | { type: 'setup'; setup: CallerSetup }
  /** One more caller, which streams one recording after the other from this one on. */
  | { type: 'start'; recording: number }
  /** One caller for one recording. */
  | { type: 'once'; recording: number }
  /** Whether what ends from now on counts for the figures of latency. */
  | { type: 'measure'; isOn: boolean }
  /** Callers end what they stream and begin no more. */
  | { type: 'stop' };

export interface RecordedCall extends CallResult {
  recording: number;
  /** its last packet fell into the measured time */
  isMeasured: boolean;
}

/** What has happened since the last report. */
export interface CallerReport {
  /** streams open now */
  open: number;
  /** callers that are not done */
  callers: number;
  calls: RecordedCall[];
  /** of measured partials, ms */
  partialMs: number[];
  /** how late measured packets were sent, ms */
  lateMs: number[];
  /** of audio sent */
  audioSeconds: number;
  /** processor time of the process since its start, ms */
  processorMs: number;
}
