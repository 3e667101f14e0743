/** A recording of speech goes in, the power of the speech in it without its pauses comes out. */
import type { Pcm } from '@auricle/audio';

const FRAME_SECONDS = 0.02;
/** Speech is what lies less than 15.9 dB below its own mean power: the margin of ITU-T P.56. */
const MARGIN = 10 ** (-15.9 / 10);

/** Mean square of the active speech, after the idea of ITU-T P.56 on frames of 20 ms: pauses are the frames more than
 *  15.9 dB below the mean of the frames that are none. 0 for digital silence. */
export function speechPower({ samples, sampleRate }: Pcm): number {
  const frameSamples = Math.max(1, Math.round(FRAME_SECONDS * sampleRate));
  const powers = new Float64Array(Math.ceil(samples.length / frameSamples));
  for (let frame = 0; frame < powers.length; frame++)
    powers[frame] = power(samples, frame * frameSamples, Math.min(samples.length, (frame + 1) * frameSamples));
  // With pauses left out the mean rises, and with it what counts as a pause.
  for (let level = 0; ; ) {
    const next = meanFrom(powers, level * MARGIN);
    if (next <= level) return level;
    level = next;
  }
}

/** Mean of the values that are at least `floor`; 0 for none. */
function meanFrom(values: Float64Array, floor: number): number {
  let sum = 0;
  let count = 0;
  for (const value of values)
    if (value >= floor) {
      sum += value;
      count++;
    }
  return count > 0 ? sum / count : 0;
}

/** Mean square of samples[from … to - 1]; 0 for none. */
export function power(samples: Float32Array, from = 0, to = samples.length): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += samples[i] * samples[i];
  return to > from ? sum / (to - from) : 0;
}
