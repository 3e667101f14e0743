/** Samples go in, the power of their frequencies comes out: a windowed Fourier transform by halves. */

/** @param {number} size a power of two
 *  @returns {(samples: Float32Array) => Float32Array} power of the frequencies 0 to size / 2, dB of full scale; fewer samples are filled up with silence */
export function powerSpectrum(size) {
  const window = Float32Array.from({ length: size }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / size));
  const cos = Float32Array.from({ length: size / 2 }, (_, i) => Math.cos((2 * Math.PI * i) / size));
  const sin = Float32Array.from({ length: size / 2 }, (_, i) => Math.sin((2 * Math.PI * i) / size));
  const order = reversedBits(size);
  const re = new Float32Array(size);
  const im = new Float32Array(size);
  // A full-scale sine has half of the window's sum.
  const full = 20 * Math.log10(size / 4);
  return (samples) => {
    for (let i = 0; i < size; i++) {
      re[order[i]] = (samples[i] ?? 0) * window[i];
      im[i] = 0;
    }
    for (let half = 1; half < size; half *= 2)
      for (let start = 0; start < size; start += 2 * half)
        for (let i = 0; i < half; i++) {
          const turn = (i * size) / (2 * half);
          const a = start + i;
          const b = a + half;
          const x = re[b] * cos[turn] + im[b] * sin[turn];
          const y = im[b] * cos[turn] - re[b] * sin[turn];
          re[b] = re[a] - x;
          im[b] = im[a] - y;
          re[a] += x;
          im[a] += y;
        }
    return Float32Array.from(
      { length: size / 2 + 1 },
      (_, k) => 10 * Math.log10(re[k] ** 2 + im[k] ** 2 + 1e-12) - full,
    );
  };
}

function reversedBits(size) {
  const bits = Math.log2(size);
  return Uint32Array.from({ length: size }, (_, i) => {
    let reversed = 0;
    for (let b = 0; b < bits; b++) reversed |= ((i >> b) & 1) << (bits - 1 - b);
    return reversed;
  });
}
