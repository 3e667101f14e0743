/** A room and how long its sound takes to fade go in, its impulse response comes out. */
import { datasetError } from '../errors.js';
import type { Random } from '../random.js';
import {
  directDistance,
  imageResponse,
  type Point,
  type ReflectionEnergies,
  type Room,
  reflectionEnergies,
  SPEED_OF_SOUND,
} from './image-method.js';
import { between, type Range } from './ranges.js';

export interface ReverberantRoom extends Room {
  /** time in which the sound fades by 60 dB (s) */
  rt60Seconds: number;
}

/** What keeps the number of images within tens of millions. */
export const SIDE_METRES: Range = [2, 50];
export const RT60_SECONDS: Range = [0.05, 1];
/** Between a wall and the source or the microphone, and between these two, when drawn (m). */
const CLEARANCE = 0.3;

export interface RoomRanges {
  /** of length and width (m) */
  sideMetres: Range;
  heightMetres: Range;
  rt60Seconds: Range;
}

/** A room with source and microphone anywhere in it, 0.3 m or more from the walls and from each other. */
export function drawRoom({ sideMetres, heightMetres, rt60Seconds }: RoomRanges, random: Random): ReverberantRoom {
  const size: Point = [between(random, sideMetres), between(random, sideMetres), between(random, heightMetres)];
  const place = (): Point => {
    const [x, y, z] = size.map((side) => between(random, [CLEARANCE, side - CLEARANCE]));
    return [x, y, z];
  };
  const room = { size, microphone: place(), source: place(), rt60Seconds: between(random, rt60Seconds) };
  while (directDistance(room) < CLEARANCE) room.source = place();
  return room;
}

/** Impulse response of a box with equal walls, by the image method of Allen & Berkley (1979). What the walls absorb is
 *  chosen so that the energy fades as asked: by Eyring's formula the flutter between distant walls makes it up to 1.7
 *  times as long. The direct sound is sample 0, of height 1; the response ends after `rt60Seconds`.
 *  @param sampleRate Hz
 *  @throws AUR_AUGMENT_OPTION for sides not from 2 to 50 m, rt60Seconds not from 0.05 to 1, a source or microphone that
 *  is not within the walls, or both at one place */
export function simulateRoom(room: ReverberantRoom, sampleRate: number): Float32Array {
  checkRoom(room);
  const length = Math.ceil(room.rt60Seconds * sampleRate);
  return Float32Array.from(highPass(imageResponse(room, reflectionFor(room), sampleRate, length), sampleRate));
}

function checkRoom(room: ReverberantRoom): void {
  const { size, rt60Seconds } = room;
  const check = (name: string, value: number, [from, to]: Range) => {
    if (!(value >= from && value <= to))
      throw datasetError('AUR_AUGMENT_OPTION', { name, value, expected: `a number from ${from} to ${to}` });
  };
  size.forEach((side, axis) => {
    check(`room size[${axis}]`, side, SIDE_METRES);
    check(`room source[${axis}]`, room.source[axis], [0, side]);
    check(`room microphone[${axis}]`, room.microphone[axis], [0, side]);
  });
  check('room rt60Seconds', rt60Seconds, RT60_SECONDS);
  if (directDistance(room) === 0)
    throw datasetError('AUR_AUGMENT_OPTION', {
      name: 'room source',
      value: room.source.join(', '),
      expected: 'another place than the microphone',
    });
}

const INTERVAL_SECONDS = 0.002;
const MOST_ROUNDS = 10;

/** Share of the pressure that the walls must leave for the energy to fade in `rt60Seconds`. */
function reflectionFor(room: ReverberantRoom): number {
  const { rt60Seconds } = room;
  const [x, y, z] = room.size;
  const surface = 2 * (x * y + y * z + z * x);
  // Eyring 1930; pressure is the root of energy.
  let reflection = Math.exp((-12 * Math.LN10 * x * y * z) / (SPEED_OF_SOUND * surface * rt60Seconds));
  const energies = reflectionEnergies(room, rt60Seconds, INTERVAL_SECONDS);
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const ratio = fadeSeconds(decay(energies, reflection), INTERVAL_SECONDS) / rt60Seconds;
    // Too few reflections to tell.
    if (!Number.isFinite(ratio)) break;
    reflection **= ratio;
    if (Math.abs(ratio - 1) < 0.005) break;
  }
  return reflection;
}

/** Energy in each interval when the walls leave so much of the pressure. */
function decay({ intervals, orders, energies }: ReflectionEnergies, reflection: number): Float64Array {
  const left = Float64Array.from({ length: orders }, (_, order) => reflection ** (2 * order));
  const sums = new Float64Array(intervals);
  for (let t = 0; t < intervals; t++)
    for (let order = 0; order < orders; order++) sums[t] += energies[t * orders + order] * left[order];
  return sums;
}

/** Time in which sound fades by 60 dB, from where what is still to come has fallen by 5 to 35 dB (Schroeder 1965; T30 of ISO 3382). */
function fadeSeconds(energies: Float64Array, intervalSeconds: number): number {
  const toCome = energies.slice();
  for (let t = toCome.length - 2; t >= 0; t--) toCome[t] += toCome[t + 1];
  let [n, sumT, sumDb, sumTT, sumTDb] = [0, 0, 0, 0, 0];
  for (let t = 0; t < toCome.length; t++) {
    const db = 10 * Math.log10(toCome[t] / toCome[0]);
    if (!(db <= -5 && db >= -35)) continue;
    n++;
    sumT += t;
    sumDb += db;
    sumTT += t * t;
    sumTDb += t * db;
  }
  return (-60 * intervalSeconds * (n * sumTT - sumT * sumT)) / (n * sumTDb - sumT * sumDb);
}

/** Allen & Berkley's high-pass filter: images only ever push, so without it they add up to a pressure that stays. */
function highPass(response: Float64Array, sampleRate: number): Float64Array {
  const angle = (2 * Math.PI * 100) / sampleRate;
  const radius = Math.exp(-angle);
  const [b1, b2] = [2 * radius * Math.cos(angle), -radius * radius];
  let [before, beforeThat] = [0, 0];
  return response.map((value) => {
    const now = b1 * before + b2 * beforeThat + value;
    const filtered = now - (1 + radius) * before + radius * beforeThat;
    [before, beforeThat] = [now, before];
    return filtered;
  });
}
