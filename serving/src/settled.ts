/** Where a stream stands in a pause goes in, the time from which a fresh stream would hear the same words comes out. */

/** A shorter pause is none to cut in: the model may be late with the word before it, and with the word after it too. */
const SHORTEST_PAUSE = 1;
/** Seconds after the last token and before the newest frame that are left alone. */
const MARGIN = 0.2;

/** The middle of the pause, and of the chunk borders near it the nearest: a stream that starts there cuts the audio into the same chunks.
 *  @param decodedSeconds of the stream; the pause ends here as far as is known
 *  @param pauseSeconds since the last token
 *  @param chunkSeconds audio that the model takes at a time
 *  @returns seconds from the stream's start; undefined where the pause is too short */
export function settledInPause(decodedSeconds: number, pauseSeconds: number, chunkSeconds: number): number | undefined {
  if (pauseSeconds < SHORTEST_PAUSE) return undefined;
  const middle = decodedSeconds - pauseSeconds / 2;
  const border = Math.round(middle / chunkSeconds) * chunkSeconds;
  const isInside = Math.abs(border - middle) <= pauseSeconds / 2 - MARGIN;
  return isInside ? border : middle;
}
