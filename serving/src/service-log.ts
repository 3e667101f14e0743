/** A level and a file go in, the service's log comes out, which never stops the service: lines that cannot be written are dropped and counted. */
import { type Logger, pino } from 'pino';

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

export interface ServiceLogOptions {
  /** default info */
  level?: (typeof LOG_LEVELS)[number];
  /** default: standard output */
  file?: string;
}

export interface ServiceLog {
  log: Logger;
  /** failed writes so far: the disk is full, the pipe is closed, the buffer runs over */
  failures(): number;
  /** Starts the file anew, after it was moved away. */
  reopen(): void;
  /** Writes what waits, if it can be written. Lines after that are dropped. */
  close(): Promise<void>;
}

/** Bytes that wait while they cannot be written. */
const MOST_WAITING = 1 << 20;

export function serviceLog({ level = 'info', file }: ServiceLogOptions = {}): ServiceLog {
  let failures = 0;
  const destination = pino.destination({ dest: file ?? 1, mkdir: true, sync: false, maxLength: MOST_WAITING });
  const onFailure = () => {
    failures++;
  };
  destination.on('error', onFailure);
  destination.on('drop', onFailure);
  return {
    log: pino({ level }, destination),
    failures: () => failures,
    reopen: () => {
      if (file !== undefined) destination.reopen();
    },
    close: () =>
      new Promise((resolve) => {
        // Without this, pino would try again at the end of the process until it can.
        destination.flush(() => {
          destination.destroy();
          destination.write = () => true;
          resolve();
        });
      }),
  };
}
