/** Pieces of audio go in, one after the other they come out. */

/** The pieces one after the other, with `gapSamples` of digital silence between them. */
export function concatenate(pieces: readonly Float32Array[], gapSamples = 0): Float32Array {
  const gaps = Math.max(0, pieces.length - 1) * gapSamples;
  const joined = new Float32Array(pieces.reduce((sum, piece) => sum + piece.length, gaps));
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length + gapSamples;
  }
  return joined;
}
