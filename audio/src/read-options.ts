/** What a caller wants of a recording goes in, checked; the range of its samples comes out. */
import { audioError } from './audio-errors.js';
import { RAW_ENCODINGS, type RawFormat } from './formats/raw-pcm.js';
import type { ChannelChoice } from './mix-down.js';

export interface ReadOptions {
  /** Seconds from the start, default 0. */
  offset?: number;
  /** Seconds, default up to the end; what lies behind the end is left out. */
  duration?: number;
  /** Default 'mix', the mean of all. */
  channel?: ChannelChoice;
  /** For a file of bare samples, whose format nothing in it states. */
  raw?: RawFormat;
}

/** @throws AUR_AUDIO_OPTION */
export function checkReadOptions({ offset, duration, channel, raw }: ReadOptions, source: string): void {
  const check = (fits: boolean, field: string, value: unknown, expected: string) => {
    if (!fits) throw audioError('AUR_AUDIO_OPTION', { source, field, value: String(value), expected });
  };
  const isWhole = (value: number, lowest: number) => Number.isSafeInteger(value) && value >= lowest;
  check(offset === undefined || (offset >= 0 && Number.isFinite(offset)), 'offset', offset, 'seconds from 0');
  check(duration === undefined || (duration > 0 && Number.isFinite(duration)), 'duration', duration, 'seconds above 0');
  check(
    channel === undefined || channel === 'mix' || isWhole(channel, 0),
    'channel',
    channel,
    '"mix" or a whole number from 0',
  );
  if (!raw) return;
  const encodings = Object.keys(RAW_ENCODINGS);
  check(encodings.includes(raw.encoding), 'raw.encoding', raw.encoding, encodings.join(', '));
  check(isWhole(raw.sampleRate, 1), 'raw.sampleRate', raw.sampleRate, 'a whole number of Hz');
  const { channels = 1 } = raw;
  check(isWhole(channels, 1) && channels <= 65_535, 'raw.channels', channels, 'a whole number from 1 to 65535');
}

export interface SampleRange {
  from: number;
  /** The first that is not part of it. */
  to: number;
}

/** @throws AUR_AUDIO_OPTION for a duration that holds no sample at this rate */
export function sampleRange({ offset = 0, duration }: ReadOptions, sampleRate: number, source: string): SampleRange {
  const end = duration === undefined ? Number.POSITIVE_INFINITY : offset + duration;
  const range = { from: Math.round(offset * sampleRate), to: Math.round(end * sampleRate) };
  if (range.to > range.from) return range;
  const expected = `a sample or more at ${sampleRate} Hz`;
  throw audioError('AUR_AUDIO_OPTION', { source, field: 'duration', value: duration, expected });
}
