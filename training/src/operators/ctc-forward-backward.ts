/** CTC's loss and gradient in plain double precision: the reference that the traced kernel is held against. */

const logAdd = (a: number, b: number) => {
  const high = Math.max(a, b);
  return high === Number.NEGATIVE_INFINITY ? high : high + Math.log(Math.exp(a - high) + Math.exp(b - high));
};

/** Forward-backward in log space over labels with blanks around each (Graves et al. 2006, section 4.1).
 *  @param shape [batch, frames, vocabulary] of `logits`
 *  @returns losses [batch] and d loss / d logits, row-major like `logits` */
export function ctcForwardBackward(
  logits: Float32Array,
  [batch, frames, vocabulary]: readonly [number, number, number],
  labels: Int32Array,
  labelLengths: Int32Array,
  frameLengths: Int32Array,
  blank: number,
): { losses: Float32Array; gradient: Float32Array } {
  const slots = labels.length / batch;
  const losses = new Float32Array(batch);
  const gradient = new Float32Array(logits.length);
  for (let b = 0; b < batch; b++) {
    const length = frameLengths[b];
    const path = [blank];
    for (let i = 0; i < labelLengths[b]; i++) path.push(labels[b * slots + i], blank);
    const at = (t: number) => (b * frames + t) * vocabulary;
    const logProbs = Array.from({ length }, (_, t) => logSoftmax(logits.subarray(at(t), at(t) + vocabulary)));
    const alpha = sweep(logProbs, path, blank, false);
    const beta = sweep(logProbs, path, blank, true);
    const last = path.length - 1;
    const total =
      length === 0
        ? path.length === 1
          ? 0
          : Number.NEGATIVE_INFINITY
        : logAdd(alpha[length - 1][last], last > 0 ? alpha[length - 1][last - 1] : Number.NEGATIVE_INFINITY);
    losses[b] = -total;
    if (total === Number.NEGATIVE_INFINITY) continue;
    for (let t = 0; t < length; t++) {
      for (let v = 0; v < vocabulary; v++) gradient[at(t) + v] = Math.exp(logProbs[t][v]);
      // Both sweeps hold frame t's emission.
      path.forEach((token, s) => {
        gradient[at(t) + token] -= Math.exp(alpha[t][s] + beta[t][s] - logProbs[t][token] - total);
      });
    }
  }
  return { losses, gradient };
}

function logSoftmax(row: Float32Array): Float64Array {
  const high = row.reduce((m, v) => Math.max(m, v), Number.NEGATIVE_INFINITY);
  const norm = high + Math.log(row.reduce((sum, v) => sum + Math.exp(v - high), 0));
  return Float64Array.from(row, (v) => v - norm);
}

/** Log of the summed probability of all ways to reach each path position at each frame, from the start or from the end. */
function sweep(logProbs: Float64Array[], path: number[], blank: number, backward: boolean): Float64Array[] {
  const states = backward ? path.toReversed() : path;
  const frames = backward ? logProbs.toReversed() : logProbs;
  const rows: Float64Array[] = [];
  for (const [t, frame] of frames.entries()) {
    const row = new Float64Array(states.length).fill(Number.NEGATIVE_INFINITY);
    for (let s = 0; s < states.length; s++) {
      let reach = Number.NEGATIVE_INFINITY;
      if (t === 0) reach = s < 2 ? 0 : reach;
      else {
        const before = rows[t - 1];
        reach = before[s];
        if (s > 0) reach = logAdd(reach, before[s - 1]);
        if (s > 1 && states[s] !== blank && states[s] !== states[s - 2]) reach = logAdd(reach, before[s - 2]);
      }
      row[s] = reach + frame[states[s]];
    }
    rows.push(row);
  }
  return backward ? rows.reverse().map((row) => row.reverse()) : rows;
}
