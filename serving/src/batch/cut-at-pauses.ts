/** Blocks of samples of any length go in; pieces come out that follow one another without overlap, cut where it is quietest. */
import type { Pcm } from '@auricle/audio';

export interface Piece {
  /** as they came, but for the first and the last */
  blocks: Float32Array[];
  sampleRate: number;
  startSeconds: number;
}

/** The cut is searched for in the last part of a piece. */
const SEARCHED = 0.5;
/** Sound is measured in steps of this length (s), and a cut stands in the middle of so many of the quietest. */
const STEP_SECONDS = 0.02;
const PAUSE_STEPS = 20;

/** Every sample is in one piece. No piece is longer than `seconds`; those before the last are at least half as long. */
export async function* cutAtPauses(blocks: AsyncIterable<Pcm>, seconds: number): AsyncGenerator<Piece> {
  let held: Float32Array[] = [];
  let [count, start, rate] = [0, 0, 0];
  for await (const { samples, sampleRate } of blocks) {
    rate = sampleRate;
    const most = Math.max(1, Math.floor(seconds * sampleRate));
    held.push(samples);
    count += samples.length;
    while (count > most) {
      const at = quietestPlace(held, Math.floor(most * (1 - SEARCHED)), most, Math.ceil(STEP_SECONDS * rate));
      const [before, after] = split(held, at);
      yield { blocks: before, sampleRate: rate, startSeconds: start / rate };
      held = after;
      start += at;
      count -= at;
    }
  }
  if (count > 0) yield { blocks: held, sampleRate: rate, startSeconds: start / rate };
}

/** The middle of the quietest pause between two places; of several alike, the last. */
export function quietestPlace(blocks: readonly Float32Array[], from: number, to: number, step: number): number {
  const steps = Math.floor((to - from) / step);
  if (steps <= PAUSE_STEPS) return to;
  const energy = new Float64Array(steps);
  let at = 0;
  for (const block of blocks) {
    const first = Math.max(0, from - at);
    const last = Math.min(block.length, from + steps * step - at);
    for (let i = first; i < last; i++) energy[Math.floor((at + i - from) / step)] += block[i] * block[i];
    at += block.length;
    if (at >= to) break;
  }
  let quietest = Number.POSITIVE_INFINITY;
  // Of pauses that are alike, as digital silence is, the last that follow one another.
  let [first, last] = [0, 0];
  for (let i = 0; i + PAUSE_STEPS <= steps; i++) {
    // Summed afresh: a running sum would keep the rounding errors of loud steps.
    let pause = 0;
    for (let j = i; j < i + PAUSE_STEPS; j++) pause += energy[j];
    if (pause > quietest) continue;
    if (pause < quietest || last !== i - 1) first = i;
    quietest = pause;
    last = i;
  }
  return from + Math.round(((first + last + PAUSE_STEPS) / 2) * step);
}

function split(blocks: readonly Float32Array[], at: number): [Float32Array[], Float32Array[]] {
  const before: Float32Array[] = [];
  const after: Float32Array[] = [];
  let done = 0;
  for (const block of blocks) {
    const cut = Math.min(block.length, Math.max(0, at - done));
    if (cut > 0) before.push(block.subarray(0, cut));
    // A copy, so that the piece before it can be let go.
    if (cut < block.length) after.push(cut === 0 ? block : block.slice(cut));
    done += block.length;
  }
  return [before, after];
}
