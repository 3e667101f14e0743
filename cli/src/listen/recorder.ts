/** A machine goes in, the program that records its default microphone comes out, and from it the audio. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { cliError } from '../errors.js';
import type { LiveAudio } from './live-audio.js';
import { samplesOfS16 } from './samples-of-s16.js';

/** Hz; every recorder resamples what the microphone gives. */
const RATE = 16_000;

interface Recorder {
  program: string;
  /** Writes signed 16-bit little-endian samples of one channel to its output, without a header. */
  arguments(device: string | undefined, platform: NodeJS.Platform): string[];
}

const FFMPEG_INPUTS: Partial<Record<NodeJS.Platform, [format: string, device: string]>> = {
  darwin: ['avfoundation', ':default'],
  win32: ['dshow', 'audio=default'],
};

/** In the order in which they are looked for. */
export const RECORDERS: readonly Recorder[] = [
  {
    program: 'arecord',
    arguments: (device) => [
      ...['-q', '-t', 'raw', '-f', 'S16_LE', '-c', '1', '-r', String(RATE)],
      ...(device === undefined ? [] : ['-D', device]),
    ],
  },
  {
    program: 'sox',
    arguments: (device, platform) => [
      '-q',
      ...(device === undefined ? ['-d'] : ['-t', platform === 'darwin' ? 'coreaudio' : 'alsa', device]),
      ...['-t', 'raw', '-e', 'signed-integer', '-b', '16', '-L', '-c', '1', '-r', String(RATE), '-'],
    ],
  },
  {
    program: 'ffmpeg',
    arguments: (device, platform) => {
      const [format, usual] = FFMPEG_INPUTS[platform] ?? ['alsa', 'default'];
      return [
        ...['-loglevel', 'error', '-nostdin', '-f', format, '-i', device ?? usual],
        ...['-f', 's16le', '-ac', '1', '-ar', String(RATE), '-'],
      ];
    },
  },
];

/** @param path folders, as the environment's PATH has them
 *  @throws AUR_CLI_NO_RECORDER */
export function findRecorder(path = process.env.PATH ?? ''): Recorder {
  const found = RECORDERS.find(({ program }) => path.split(delimiter).some((folder) => canRun(join(folder, program))));
  if (found) return found;
  throw cliError('AUR_CLI_NO_RECORDER', { programs: RECORDERS.map(({ program }) => program).join(', ') });
}

function canRun(file: string): boolean {
  for (const name of process.platform === 'win32' ? [`${file}.exe`] : [file])
    try {
      accessSync(name, constants.X_OK);
      return true;
    } catch {
      // Not in this folder.
    }
  return false;
}

/** Records until `stop` is aborted.
 *  @param device as the recorder names it (default: the default microphone)
 *  @throws AUR_CLI_NO_RECORDER; while it is read, AUR_CLI_RECORDER when the recorder fails */
export function recordMicrophone(stop: AbortSignal, device?: string): LiveAudio {
  const { program, arguments: argumentsFor } = findRecorder();
  return { source: program, sampleRate: RATE, samples: record(program, argumentsFor(device, process.platform), stop) };
}

async function* record(program: string, options: string[], stop: AbortSignal): AsyncGenerator<Float32Array> {
  const child = spawn(program, options, { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'close').catch((error: Error) => {
    said = error.message;
    return [1];
  });
  let said = '';
  child.stderr.on('data', (text) => {
    said = `${said}${text}`.slice(-1000);
  });
  const onStop = () => child.kill('SIGTERM');
  stop.addEventListener('abort', onStop);
  try {
    yield* samplesOfS16(child.stdout);
    const [status] = await ended;
    if (status !== 0 && !stop.aborted)
      throw cliError('AUR_CLI_RECORDER', {
        program,
        reason: said.trim().split('\n').at(-1) || `it ended with status ${status}`,
      });
  } finally {
    stop.removeEventListener('abort', onStop);
    child.kill('SIGTERM');
  }
}
