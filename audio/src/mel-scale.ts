/** Frequencies go in, places on the HTK mel scale come out, and back. */

/** @param hz from 0 */
export const melOfHz = (hz: number) => 1127 * Math.log(1 + hz / 700);

export const hzOfMel = (mel: number) => 700 * (Math.exp(mel / 1127) - 1);
