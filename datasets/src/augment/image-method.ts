/** A box of a room with a source and a microphone goes in, the reflections that the microphone gets come out. */

export type Point = readonly [number, number, number];

export interface Room {
  /** length, width and height (m) */
  size: Point;
  /** from one corner, within the walls (m) */
  source: Point;
  microphone: Point;
}

/** m/s, at 20 degrees C */
export const SPEED_OF_SOUND = 343;

/** Along one axis the source's images: squared distance from the microphone (m²), nearest first, and walls met on the way. */
interface AxisImages {
  squares: Float64Array;
  reflections: Int32Array;
}

/** @param reach largest distance of an image (m) */
function axisImages(size: number, source: number, microphone: number, reach: number): AxisImages {
  const most = Math.ceil(reach / (2 * size)) + 1;
  const images: { square: number; reflections: number }[] = [];
  for (let n = -most; n <= most; n++)
    for (const mirrored of [0, 1]) {
      const distance = 2 * n * size + (mirrored ? -source : source) - microphone;
      images.push({ square: distance * distance, reflections: Math.abs(n - mirrored) + Math.abs(n) });
    }
  images.sort((a, b) => a.square - b.square);
  return {
    squares: Float64Array.from(images, (image) => image.square),
    reflections: Int32Array.from(images, (image) => image.reflections),
  };
}

/** Visits all images of the source within `reach` of the microphone (Allen & Berkley 1979, "Image method for efficiently
 *  simulating small-room acoustics"): about 4/3 π reach³ / volume of them.
 *  @param visit gets an image's distance (m) and how many walls its sound met */
function forEachImage(room: Room, reach: number, visit: (distance: number, reflections: number) => void): void {
  const [x, y, z] = [0, 1, 2].map((a) => axisImages(room.size[a], room.source[a], room.microphone[a], reach));
  const farthest = reach * reach;
  for (let i = 0; i < x.squares.length; i++)
    for (let j = 0; j < y.squares.length; j++) {
      const square = x.squares[i] + y.squares[j];
      if (square > farthest) break;
      const reflections = x.reflections[i] + y.reflections[j];
      for (let k = 0; k < z.squares.length; k++) {
        const whole = square + z.squares[k];
        if (whole > farthest) break;
        visit(Math.sqrt(whole), reflections + z.reflections[k]);
      }
    }
}

/** m */
export const directDistance = ({ source, microphone }: Room): number =>
  Math.hypot(...[0, 1, 2].map((axis) => source[axis] - microphone[axis]));

/** No image within `reach` has met more walls. */
const mostReflections = ({ size }: Room, reach: number) =>
  size.reduce((sum, side) => sum + Math.ceil(reach / side) + 1, 0);

/** Impulse response from the moment on that the direct sound arrives, which is sample 0 with height 1; each image's
 *  sound is put on the nearest sample, as Allen & Berkley do.
 *  @param reflection what a wall leaves of the sound's pressure, 0 to 1
 *  @param length samples */
export function imageResponse(room: Room, reflection: number, sampleRate: number, length: number): Float64Array {
  const response = new Float64Array(length);
  const direct = directDistance(room);
  const samplesPerMetre = sampleRate / SPEED_OF_SOUND;
  const reach = direct + length / samplesPerMetre;
  const left = Float64Array.from({ length: mostReflections(room, reach) + 1 }, (_, order) => reflection ** order);
  forEachImage(room, reach, (distance, reflections) => {
    const at = Math.round((distance - direct) * samplesPerMetre);
    if (at < length) response[at] += (left[reflections] * direct) / distance;
  });
  return response;
}

/** Energies of the reflections by when they arrive and how many walls they met, before the walls took their share. */
export interface ReflectionEnergies {
  intervalSeconds: number;
  intervals: number;
  /** largest number of reflections + 1 */
  orders: number;
  /** row-major [intervals, orders] */
  energies: Float64Array;
}

/** @param seconds from the arrival of the direct sound on */
export function reflectionEnergies(room: Room, seconds: number, intervalSeconds: number): ReflectionEnergies {
  const intervals = Math.ceil(seconds / intervalSeconds);
  const direct = directDistance(room);
  const reach = direct + intervals * intervalSeconds * SPEED_OF_SOUND;
  const orders = mostReflections(room, reach) + 1;
  const energies = new Float64Array(intervals * orders);
  forEachImage(room, reach, (distance, reflections) => {
    const at = Math.floor((distance - direct) / SPEED_OF_SOUND / intervalSeconds);
    if (at < intervals) energies[at * orders + reflections] += (direct / distance) ** 2;
  });
  return { intervalSeconds, intervals, orders, energies };
}
