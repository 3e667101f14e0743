/** A rate goes in, twenty recordings come out: bursts of sound with pauses, and speech at several levels and speeds. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeWav, readAudioFile, resample } from '@auricle/audio';
import { burstsOfSound } from '../fixtures/tiny-model.js';

const SPEECH = join(import.meta.dirname, '../../../models/digits-en/recording.wav');

/** Writes 16-bit WAV files.
 *  @returns their paths */
export async function writeRecordings(dir: string, sampleRate: number): Promise<string[]> {
  const speech = await readAudioFile(SPEECH);
  const recordings = [
    ...Array.from({ length: 12 }, (_, i) => burstsOfSound(200 + i, sampleRate, 1 + (i % 4), 0.31 + 0.07 * i)),
    // Read as if at another rate: faster and slower speech.
    ...Array.from({ length: 8 }, (_, i) =>
      resample(speech.samples, Math.round(speech.sampleRate * (0.8 + 0.05 * i)), sampleRate).map(
        (s) => s * (0.3 + 0.1 * i),
      ),
    ),
  ];
  return Promise.all(
    recordings.map(async (samples, i) => {
      const path = join(dir, `${i}.wav`);
      await writeFile(path, encodeWav({ samples, sampleRate }));
      return path;
    }),
  );
}
