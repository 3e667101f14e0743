/** The frames of a recording go in, where its speech begins and ends comes out, by loudness alone. */
import { FBANK, fbank, type Pcm, resample } from '@auricle/audio';

const FRAME_SECONDS = FBANK.hopSamples / FBANK.sampleRate;
/** Speech is what is louder than this share of the way from the quietest to the loudest frames (of mean log-mel energy). */
const SHARE = 0.3;
/** A click is shorter (frames). */
const SHORTEST = 4;

/** Seconds; undefined where nothing stands out. */
export function speechSpan({ samples, sampleRate }: Pcm): { start: number; end: number } | undefined {
  const frames = fbank(resample(samples, sampleRate, FBANK.sampleRate));
  const levels: number[] = [];
  for (let row = 0; row < frames.length; row += FBANK.melBins) {
    let sum = 0;
    for (let bin = 0; bin < FBANK.melBins; bin++) sum += frames[row + bin];
    levels.push(sum / FBANK.melBins);
  }
  const sorted = [...levels].sort((a, b) => a - b);
  const [quiet, loud] = [0.05, 0.95].map((share) => sorted[Math.floor(share * (sorted.length - 1))]);
  const limit = quiet + SHARE * (loud - quiet);
  let [first, last, run] = [-1, -1, 0];
  levels.forEach((level, frame) => {
    run = level > limit ? run + 1 : 0;
    if (run < SHORTEST) return;
    if (first < 0) first = frame - SHORTEST + 1;
    last = frame;
  });
  return first < 0 ? undefined : { start: first * FRAME_SECONDS, end: (last + 1) * FRAME_SECONDS };
}
