/** What quantisation did to a model goes in, a line that says so comes out. */

/** @param divergence of the output, nats a frame */
export function costLine({ kept, divergence }: { kept: readonly string[]; divergence: number }): string {
  const left = kept.length === 0 ? '' : `; left in float: ${kept.join(', ')}`;
  return `divergence from the float model: ${divergence.toExponential(1)} nats a frame${left}`;
}
