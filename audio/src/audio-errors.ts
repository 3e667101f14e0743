/** The audio room's errors. */
import { errorTable } from './errors.js';

export const audioError = errorTable({
  AUR_AUDIO_MISSING: '{source}: cannot be read: {reason}',
  AUR_AUDIO_EMPTY: '{source}: holds no samples',
  AUR_AUDIO_TRUNCATED: '{source}: ends early: {reason}',
  AUR_AUDIO_UNKNOWN_FORMAT:
    '{source}: in no format that is read here: WAV, FLAC, Ogg Opus or Vorbis, WebM Opus, MP3, NIST SPHERE (starts with {start})',
  AUR_AUDIO_UNSUPPORTED:
    '{source}: WAV format {format} of {bits} bits: expected integers of 8, 16, 24 or 32 bits (1), floats of 32 or 64 (3), A-law (6) or mu-law (7)',
  AUR_AUDIO_DAMAGED: '{source}: {format} cannot be decoded: {reason}',
  AUR_AUDIO_FBANK: 'fbank option {field} is {value}: expected {expected}',
  AUR_AUDIO_RATE: 'sample rate {rate}: expected a whole number of Hz from {lowest} to {highest}',
  AUR_AUDIO_ODD_BYTES: '{bytes} bytes are no whole number of {encoding} samples of {size} bytes',
  AUR_AUDIO_NOT_FINITE: 'sample {index} is {value}: expected a finite number',
  AUR_AUDIO_ENCODING: '{source}: {format} with {seen}: expected {expected}',
  AUR_AUDIO_CHANNEL: '{source}: channel {channel} of {channels}: expected "mix" or 0 to {last}',
  AUR_AUDIO_OPTION: '{source}: option {field} is {value}: expected {expected}',
  AUR_AUDIO_SEGMENT: '{source}: the segment from {from} s on lies behind its end at {duration} s',
  AUR_AUDIO_TOO_LONG: '{source}: has more than {limit} samples: expected an offset and a duration that hold fewer',
});
