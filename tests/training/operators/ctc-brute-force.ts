/** One utterance's logits and labels go in, its CTC loss and gradient come out: a sum over every path there is. */

/** For a handful of frames and tokens only: there are vocabulary ^ frames paths.
 *  @param logits row-major [frames, vocabulary]
 *  @returns `loss` in nats, and d loss / d logits: the softmax minus how often the labels' paths pass each token */
export function bruteForceCtc(logits: readonly number[], vocabulary: number, labels: readonly number[], blank: number) {
  const frames = logits.length / vocabulary;
  const softmax = Array.from({ length: frames }, (_, t) => {
    const row = logits.slice(t * vocabulary, (t + 1) * vocabulary);
    const powers = row.map((v) => Math.exp(v - Math.max(...row)));
    return powers.map((p) => p / powers.reduce((a, b) => a + b));
  });
  let total = 0;
  const passing = new Float64Array(logits.length);
  for (const path of allPaths(frames, vocabulary)) {
    if (collapse(path, blank).join() !== labels.join()) continue;
    const probability = path.reduce((product, token, t) => product * softmax[t][token], 1);
    total += probability;
    path.forEach((token, t) => {
      passing[t * vocabulary + token] += probability;
    });
  }
  return {
    loss: -Math.log(total),
    gradient: softmax.flat().map((p, i) => (total === 0 ? 0 : p - passing[i] / total)),
  };
}

function* allPaths(frames: number, vocabulary: number): Generator<number[]> {
  for (let n = 0; n < vocabulary ** frames; n++)
    yield Array.from({ length: frames }, (_, t) => Math.floor(n / vocabulary ** t) % vocabulary);
}

/** What a path spells: repeats are one token, then blanks go. */
const collapse = (path: readonly number[], blank: number) =>
  path.filter((token, t) => token !== path[t - 1]).filter((token) => token !== blank);
