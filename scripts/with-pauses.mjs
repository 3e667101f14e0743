/** Recordings go in, WAV files come out in which as much silence as there is speech follows every few seconds of it: for what the silence gate saves.
 *
 *    node scripts/with-pauses.mjs OUT RECORDINGS
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { encodeWav, readAudioFile } from '@auricle/audio';
import { Random } from '@auricle/datasets';

/** of speech, and then of silence, s */
const PIECE_SECONDS = 3;
/** The silence is no digital one: noise of -70 dBFS. */
const NOISE = 10 ** (-70 / 20);

const [out, ...recordings] = process.argv.slice(2);
if (recordings.length === 0) throw new Error('usage: node scripts/with-pauses.mjs OUT RECORDINGS');
mkdirSync(out, { recursive: true });
const random = new Random(1);
for (const path of recordings) {
  const { samples, sampleRate } = await readAudioFile(path);
  const piece = PIECE_SECONDS * sampleRate;
  const paused = new Float32Array(2 * samples.length);
  for (let at = 0; at < samples.length; at += piece) {
    const spoken = samples.subarray(at, at + piece);
    paused.set(spoken, 2 * at);
    for (let i = 0; i < spoken.length; i++) paused[2 * at + spoken.length + i] = NOISE * (2 * random.uniform() - 1);
  }
  writeFileSync(join(out, `${basename(path, extname(path))}.wav`), encodeWav({ samples: paused, sampleRate }));
}
