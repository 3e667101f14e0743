/** A recording in a format that nothing here reads goes in; ffmpeg, where it is on the PATH, makes a WAV file of it or tells its length. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { audioError } from './audio-errors.js';
import { AuricleError } from './errors.js';
import type { ReadOptions } from './read-options.js';

const run = promisify(execFile);

const LIMITS = { timeout: 600_000, killSignal: 'SIGKILL', maxBuffer: 2 ** 30 } as const;

/** Containers of sound alone or beside a picture; none that names other files, as a play list does. */
const DEMUXERS =
  'aac,ac3,aiff,amr,ape,asf,au,avi,caf,dts,eac3,flac,flv,gsm,loas,matroska,mov,mp3,mpc,mpc8,mpeg,mpegts,nistsphere,ogg,oma,tak,tta,voc,w64,wav,wv';
const INPUT = ['-protocol_whitelist', 'file', '-format_whitelist', DEMUXERS];

/** Decoded before a segment, so that the decoder settles. */
const SETTLE_SECONDS = 2;

/** Why there is no result. */
export interface FfmpegRefusal {
  refusal: string;
}

/** True for an error that tells of a format which nothing here reads; what is damaged is not tried again. */
export const isForFfmpeg = (error: unknown): error is AuricleError =>
  error instanceof AuricleError &&
  ['AUR_AUDIO_UNKNOWN_FORMAT', 'AUR_AUDIO_UNSUPPORTED', 'AUR_AUDIO_ENCODING'].includes(error.code);

/** The error, with why ffmpeg did not help. */
export const withRefusal = (error: AuricleError, { refusal }: FfmpegRefusal): AuricleError =>
  new AuricleError(error.code, `${error.message}; ${refusal}`, { cause: error });

/** @param audio a path or what is in the file
 *  @returns a WAV file of 32-bit floats: the recording, or the segment that the options ask for
 *  @throws AUR_AUDIO_TOO_LONG for more than 1 GiB */
export async function convertByFfmpeg(
  audio: string | Uint8Array,
  { offset = 0, duration }: Pick<ReadOptions, 'offset' | 'duration'>,
  source: string,
): Promise<Uint8Array | FfmpegRefusal> {
  const settle = Math.min(offset, SETTLE_SECONDS);
  const segment = ['-ss', `${settle}`, ...(duration === undefined ? [] : ['-t', `${duration}`])];
  const output = [...segment, '-map', '0:a:0', '-c:a', 'pcm_f32le', '-f', 'wav', 'pipe:1'];
  const input = ['-v', 'error', '-nostdin', '-threads', '1', ...INPUT, '-ss', `${offset - settle}`];
  return withFile(audio, (file) => call('ffmpeg', [...input, '-i', file, ...output], source));
}

export interface FfmpegInfo {
  codec: string;
  sampleRate: number;
  channels: number;
  /** Seconds, where the file states them. */
  duration?: number;
}

export async function probeByFfmpeg(audio: string | Uint8Array, source: string): Promise<FfmpegInfo | FfmpegRefusal> {
  const entries = 'stream=codec_name,sample_rate,channels,duration:format=duration';
  const output = ['-select_streams', 'a:0', '-show_entries', entries, '-of', 'json'];
  const answer = await withFile(audio, (file) =>
    call('ffprobe', ['-v', 'error', ...INPUT, ...output, '-i', file], source),
  );
  if ('refusal' in answer) return answer;
  const { streams = [], format } = JSON.parse(Buffer.from(answer).toString()) as {
    streams?: Record<'codec_name' | 'sample_rate' | 'duration', string>[] & { channels: number }[];
    format?: { duration?: string };
  };
  const [stream] = streams;
  if (!stream) return { refusal: 'ffmpeg finds no sound in it' };
  const duration = Number(stream.duration ?? format?.duration);
  return {
    codec: stream.codec_name,
    sampleRate: Number(stream.sample_rate),
    channels: stream.channels,
    duration: Number.isFinite(duration) ? duration : undefined,
  };
}

/** Bytes are put in a file: some formats can only be read with their end known. */
async function withFile<Result>(
  audio: string | Uint8Array,
  use: (address: string) => Promise<Result>,
): Promise<Result> {
  if (typeof audio === 'string') return use(`file:${resolve(audio)}`);
  const folder = await mkdtemp(join(tmpdir(), 'auricle-audio-'));
  try {
    const path = join(folder, 'recording');
    await writeFile(path, audio, { mode: 0o600 });
    return await use(`file:${path}`);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function call(program: string, args: readonly string[], source: string): Promise<Uint8Array | FfmpegRefusal> {
  try {
    return (await run(program, args, { ...LIMITS, encoding: 'buffer' })).stdout;
  } catch (cause) {
    const { code, killed, stderr } = cause as { code?: unknown; killed?: boolean; stderr?: Uint8Array };
    if (code === 'ENOENT') return { refusal: `${program}, which reads more, is not on the PATH` };
    if (code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER')
      throw audioError('AUR_AUDIO_TOO_LONG', { source, limit: LIMITS.maxBuffer / 4 }, { cause });
    if (killed) return { refusal: `${program} took longer than ${LIMITS.timeout / 1000} s` };
    const said = Buffer.from(stderr ?? [])
      .toString()
      .trim();
    const reason = said.slice(said.lastIndexOf('\n') + 1).replace(/^file:\S+: /, '');
    return { refusal: `${program} cannot read it: ${reason.slice(0, 200)}` };
  }
}
