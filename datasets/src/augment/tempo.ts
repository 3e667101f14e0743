/** Samples go in, the same spoken faster or slower at the same pitch come out. */
import type { Pcm } from '@auricle/audio';
import { datasetError } from '../errors.js';

/** Pieces are this long and fade into each other over as much. */
const HOP_SECONDS = 0.015;
/** A piece may come from this much earlier or later than the factor says: together a period of the lowest voices. */
const SEARCH_SECONDS = 0.01;
/** Places are tried in steps of so many samples and with every second sample, then one by one around the best. */
const STRIDE = 4;

/** Plays the samples `factor` times as fast at the same pitch, by waveform-similarity overlap-add (Verhelst & Roelands,
 *  ICASSP 1993): pieces are taken where they continue the piece before best, and cross-faded.
 *  @param factor from 0.5 to 2
 *  @returns `tempoLength` samples; what is said at time t is said at t / factor, to within 10 ms
 *  @throws AUR_AUGMENT_OPTION */
export function tempo({ samples, sampleRate }: Pcm, factor: number): Pcm {
  const out = new Float32Array(tempoLength(samples.length, factor));
  if (factor === 1) return { samples, sampleRate };
  const hop = Math.max(1, Math.round(HOP_SECONDS * sampleRate));
  const search = Math.round(SEARCH_SECONDS * sampleRate);
  // Pieces may reach beyond the end, where it is silent.
  const source = new Float32Array(samples.length + 3 * hop);
  source.set(samples);
  const last = samples.length + hop;
  out.set(source.subarray(0, Math.min(hop, out.length)));
  for (let at = hop, piece = 0; at < out.length; at += hop) {
    const continuation = piece + hop;
    const nominal = Math.round(at * factor);
    const range = [Math.max(0, nominal - search), Math.min(last, nominal + search)] as const;
    piece = mostSimilar(source, continuation, hop, nominal, range);
    const end = Math.min(hop, out.length - at);
    for (let i = 0; i < end; i++) {
      const fade = 0.5 - 0.5 * Math.cos((Math.PI * (i + 0.5)) / hop);
      out[at + i] = source[continuation + i] + fade * (source[piece + i] - source[continuation + i]);
    }
  }
  return { samples: out, sampleRate };
}

/** Samples that `tempo` makes of so many: length / factor, rounded, and not 0 unless there are none.
 *  @throws AUR_AUGMENT_OPTION */
export function tempoLength(length: number, factor: number): number {
  if (!(factor >= 0.5 && factor <= 2))
    throw datasetError('AUR_AUGMENT_OPTION', {
      name: 'tempo factor',
      value: factor,
      expected: 'a number from 0.5 to 2',
    });
  return length === 0 ? 0 : Math.max(1, Math.round(length / factor));
}

/** The start within `range` of the `length` samples that are most like those at `target`; `nominal` where none is. */
function mostSimilar(
  x: Float32Array,
  target: number,
  length: number,
  nominal: number,
  [low, high]: readonly [number, number],
): number {
  let best = nominal;
  const search = (from: number, to: number, stride: number, every: number) => {
    let highest = similarity(x, target, best, length, every);
    for (let start = from; start <= to; start += stride) {
      const score = similarity(x, target, start, length, every);
      if (score > highest) [best, highest] = [start, score];
    }
  };
  search(low, high, STRIDE, 2);
  search(Math.max(low, best - STRIDE + 1), Math.min(high, best + STRIDE - 1), 1, 1);
  return best;
}

/** Cross-correlation over the root of the candidate's energy, so that loud candidates are not preferred. */
function similarity(x: Float32Array, target: number, start: number, length: number, every: number): number {
  let product = 0;
  let energy = 0;
  for (let i = 0; i < length; i += every) {
    const candidate = x[start + i];
    product += x[target + i] * candidate;
    energy += candidate * candidate;
  }
  return energy > 0 ? product / Math.sqrt(energy) : 0;
}
