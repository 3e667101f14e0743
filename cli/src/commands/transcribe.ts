/** `auricle transcribe`: recordings of any length and number go in, their texts come out in the formats that are asked for. */
import { Command } from 'commander';
import { withDecodingOptions } from '../decoding-options.js';
import { withTextOptions } from '../text-options.js';
import { type TranscribeFlags, withTranscribeOptions } from '../transcription/options.js';
import { runTranscription } from '../transcription/run.js';

export const transcribeCommand = withTextOptions(withDecodingOptions(withTranscribeOptions(new Command('transcribe'))))
  .description(
    'transcribe recordings: WAV, FLAC, Ogg Opus and Vorbis, WebM, MP3, SPHERE, and what ffmpeg reads where it is there\n\n' +
      'Recordings that cannot be transcribed are listed at the end; the exit code is 2 then.',
  )
  .argument('<paths...>', 'recordings, folders of them, manifests (.jsonl), or - for standard input')
  .action(async (paths: string[], flags: TranscribeFlags) => {
    process.exitCode = await runTranscription(paths, flags);
  });
