/** Streams of API keys whose owners agreed go in, a folder of their transcripts, and of their audio if wanted, comes out; what is too old is deleted. */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AuricleError } from '@auricle/audio';
import type { Logger } from 'pino';
import type { StreamFacts, StreamWatcher } from '../admission/admitted-engine.js';
import type { Transcript } from '../results.js';
import { WavFile } from './wav-file.js';

export interface ArchiveOptions {
  /** `<folder>/<key>/<day>/<time>-<number>.json` and `.wav` */
  folder: string;
  /** days after which a day is deleted */
  retentionDays: number;
}

const DAY_MS = 86_400_000;
const SWEEP_MS = 3_600_000;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

export class Archive {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly options: ArchiveOptions,
    private readonly log: Logger,
  ) {}

  /** Deletes what is too old, now and every hour. */
  start(): void {
    this.timer = setInterval(() => this.sweep(), SWEEP_MS);
    this.timer.unref();
    void this.sweep();
  }

  /** Nothing of a stream without a key is kept, nor of a key that does not say so. A failure to keep one is logged and does not touch the stream. */
  readonly watchStream = ({ sampleRate, encoding, pass: { key } }: StreamFacts): StreamWatcher => {
    if (!key || key.archive === 'nothing') return {};
    const started = new Date().toISOString();
    const folder = join(this.options.folder, key.name, started.slice(0, 10));
    const name = `${started.replaceAll(':', '-')}-${randomBytes(4).toString('hex')}`;
    const failed = (error: unknown) =>
      this.log.error({ key: key.name, reason: (error as Error).message }, 'a stream could not be archived');
    const folderMade = mkdir(folder, { recursive: true, mode: 0o700 });
    folderMade.catch(failed);
    const wav =
      key.archive === 'audio'
        ? new WavFile(join(folder, `${name}.wav`), { sampleRate, encoding, folderMade })
        : undefined;
    wav?.failed.catch(failed);
    return {
      audio: (bytes) => wav?.write(bytes),
      over: (outcome) => {
        const record = { key: key.name, started, sampleRate, ...summaryOf(outcome) };
        folderMade
          .then(() =>
            writeFile(join(folder, `${name}.json`), `${JSON.stringify(record)}\n`, { mode: 0o600, flag: 'wx' }),
          )
          .catch(failed);
        wav?.close();
      },
    };
  };

  /** Deletes the days that are too old. */
  async sweep(now = Date.now()): Promise<void> {
    const { folder, retentionDays } = this.options;
    const oldest = new Date(now - retentionDays * DAY_MS).toISOString().slice(0, 10);
    try {
      for (const key of await foldersOf(folder))
        for (const day of await foldersOf(join(folder, key)))
          if (DAY.test(day) && day < oldest) await rm(join(folder, key, day), { recursive: true });
    } catch (error) {
      this.log.error({ reason: (error as Error).message }, 'old streams could not be deleted from the archive');
    }
  }

  close(): void {
    clearInterval(this.timer);
  }
}

const summaryOf = (outcome: Transcript | AuricleError) =>
  'code' in outcome
    ? { error: { code: outcome.code, message: outcome.message } }
    : { text: outcome.text, audioSeconds: outcome.audioSeconds, segments: outcome.segments };

async function foldersOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}
